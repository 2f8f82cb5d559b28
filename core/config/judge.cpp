#include "core/config/judge.h"

// Faults of a schema are exceptions, which end here. The macro is taken back at once: with it, the
// adapter would redefine RAPIDJSON_ASSERT for this file alone, against what other files compiled.
#define VALIJSON_USE_EXCEPTIONS 1
#include <valijson/exceptions.hpp>
#undef VALIJSON_USE_EXCEPTIONS
// valijson is a system header, yet its templates are compiled here.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wundef"
#pragma GCC diagnostic ignored "-Wswitch-enum"
#include <valijson/adapters/rapidjson_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>
#pragma GCC diagnostic pop

#include <rapidjson/document.h>

#include <algorithm>
#include <exception>

#include "core/base/json.h"

namespace aip::config {
namespace {

using Allocator = rapidjson::Document::AllocatorType;
enum class Part : std::uint8_t { Schema, Document };

// valijson 1.0 throws where `format` meets a value that is no text, and the formats that it knows
// are none of ours (shape.h judges those).
bool is_format(const json::Value::Member& member) {
  return member.named("format") && member.value().is_string();
}

// Recursion is bounded: the texts passed json::check or came out of a tree with a depth cap.
rapidjson::Value to_tree(json::Value value, Part part, Allocator& memory) {
  const auto text = [&memory](const std::string& s) {
    return rapidjson::Value(s.data(), static_cast<rapidjson::SizeType>(s.size()), memory);
  };
  switch (value.type()) {
    case json::Type::None:
    case json::Type::Null:
      return rapidjson::Value();
    case json::Type::Bool:
      return rapidjson::Value(value.is_true());
    case json::Type::String:
      return text(value.str());
    case json::Type::Number: {
      const auto integer = value.integer();
      return integer ? rapidjson::Value(*integer) : rapidjson::Value(value.number());
    }
    case json::Type::Array: {
      rapidjson::Value out(rapidjson::kArrayType);
      for (const json::Value item : value.items())
        out.PushBack(to_tree(item, part, memory), memory);
      return out;
    }
    case json::Type::Object: {
      rapidjson::Value out(rapidjson::kObjectType);
      for (const auto& member : value.members()) {
        if (part == Part::Schema && is_format(member)) continue;
        out.AddMember(text(member.key()), to_tree(member.value(), part, memory), memory);
      }
      return out;
    }
  }
  return rapidjson::Value();
}

rapidjson::Document to_document(std::string_view text, Part part) {
  rapidjson::Document document;
  to_tree(json::Value(text), part, document.GetAllocator()).Swap(document);
  return document;
}

struct Phrase {
  std::string_view begin;
  Keyword keyword;
};
constexpr Phrase kPhrases[] = {
    {"Failed to match against any enum", Keyword::Enum},
    {"Failed to match expected value set by 'const'", Keyword::Const},
    {"Expected number less than", Keyword::Maximum},
    {"Expected number greater than", Keyword::Minimum},
    {"Value should be a multiple of", Keyword::MultipleOf},
    {"String should be no more than", Keyword::MaxLength},
    {"String should be no fewer than", Keyword::MinLength},
    {"Array should contain no more than", Keyword::MaxItems},
    {"Array should contain no fewer than", Keyword::MinItems},
    {"Object should have no more than", Keyword::MaxProperties},
    {"Object should have no fewer than", Keyword::MinProperties},
    {"Failed to match regex", Keyword::Pattern},
    {"Missing required property", Keyword::Required},
    {"Missing dependency", Keyword::Dependency},
    {"Elements at indexes", Keyword::UniqueItems},
    {"Value type not permitted", Keyword::Type},
    {"Object contains a property that could not be validated", Keyword::Closed},
};

Finding to_finding(const valijson::ValidationResults::Error& error) {
  Finding finding;
  // "<root>", then "[key]" for members and "[3]" for items alike.
  for (std::size_t i = 1; i < error.context.size(); ++i) {
    const std::string& step = error.context[i];
    finding.path.push_back(step.substr(1, step.size() - 2));
  }
  for (const Phrase& phrase : kPhrases) {
    if (error.description.compare(0, phrase.begin.size(), phrase.begin) == 0) {
      finding.keyword = phrase.keyword;
      break;
    }
  }
  if (finding.keyword == Keyword::Required || finding.keyword == Keyword::Dependency) {
    const std::size_t open = error.description.find('\'');
    const std::size_t close = error.description.rfind('\'');
    if (open < close) finding.subject = error.description.substr(open + 1, close - open - 1);
  }
  return finding;
}

bool is_below(const std::vector<std::string>& path, const std::vector<std::string>& parent) {
  return path.size() >= parent.size() && std::equal(parent.begin(), parent.end(), path.begin());
}

// A parent's finding says nothing new when something at or below its place is explained.
void drop_parents(std::vector<Finding>& findings) {
  const auto vague = [&findings](const Finding& f) {
    return f.keyword == Keyword::Other &&
           std::any_of(findings.begin(), findings.end(), [&f](const Finding& other) {
             return &other != &f && is_below(other.path, f.path) &&
                    (other.keyword != Keyword::Other || other.path.size() > f.path.size());
           });
  };
  std::vector<Finding> kept;
  for (const Finding& f : findings) {
    if (!vague(f)) kept.push_back(f);
  }
  findings = std::move(kept);
}

}  // namespace

Result<std::vector<Finding>> judge(std::string_view schema_text, std::string_view document_text) {
  const rapidjson::Document schema_json = to_document(schema_text, Part::Schema);
  const rapidjson::Document document = to_document(document_text, Part::Document);
  std::vector<Finding> findings;
  try {
    valijson::Schema schema;
    valijson::SchemaParser().populateSchema(valijson::adapters::RapidJsonAdapter(schema_json),
                                            schema);
    valijson::ValidationResults results;
    valijson::Validator().validate(schema, valijson::adapters::RapidJsonAdapter(document),
                                   &results);
    for (const auto& error : results) findings.push_back(to_finding(error));
  } catch (const std::exception& e) {
    return Error{ErrorCode::GatewayPlugin, std::string("not a JSON Schema: ") + e.what()};
  }
  drop_parents(findings);
  return findings;
}

}  // namespace aip::config
