#include "embeddings.h"

#include <aiproxy/base64.hpp>

#include <cstdint>
#include <cstring>
#include <optional>

namespace aip::gemini {
namespace {

// Little endian, as OpenAI's clients read it.
std::string floats_of(json::Value values) {
  std::string out;
  for (const json::Value value : values.items()) {
    const auto number = static_cast<float>(value.number());
    std::uint32_t bits = 0;
    static_assert(sizeof bits == sizeof number);
    std::memcpy(&bits, &number, sizeof bits);
    for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(bits >> shift));
  }
  return out;
}

struct Options {
  std::string_view model;
  json::Value dimensions, task_type, title;
};

void write_one(json::Value text, const Options& options, json::Writer& json) {
  json.object().member("model", "models/" + std::string(options.model));
  json.key("content").object().key("parts").array();
  json.object().key("text").raw(text.raw()).end_object().end_array().end_object();
  if (options.dimensions.is_number()) {
    json.member_raw("outputDimensionality", options.dimensions.raw());
  }
  if (options.task_type.is_string()) json.member_raw("taskType", options.task_type.raw());
  if (options.title.is_string()) json.member_raw("title", options.title.raw());
  json.end_object();
}

void write_embedding(json::Value values, std::int64_t index, Encoding encoding,
                     json::Writer& json) {
  json.object().member("object", "embedding").key("index").number(index).key("embedding");
  switch (encoding) {
    case Encoding::Float:
      json.raw(values.raw());
      break;
    case Encoding::Base64:
      json.string(sdk::encode_base64(floats_of(values)));
      break;
  }
  json.end_object();
}

}  // namespace

Outcome<EmbeddingAsk> translate_embeddings(json::Value body, std::string_view model,
                                           Questions& questions) {
  EmbeddingAsk ask;
  const json::Value format = body["encoding_format"];
  if (format.equals("base64")) ask.encoding = Encoding::Base64;
  if (!format.is_null_or_none() && !format.equals("base64") && !format.equals("float")) {
    return invalid("/encoding_format", "The format must be float or base64.");
  }
  if (body["user"].is_string()) questions.coerced("/user");
  const json::Value input = body["input"];
  const Options options{model, body["dimensions"], body["task_type"], body["title"]};
  json::Writer json(ask.body);
  if (input.is_string()) {
    write_one(input, options, json);
    return ask;
  }
  if (!input.is_array() || input.size() == 0) {
    return invalid("/input", "The input must be a text or a list of texts.");
  }
  ask.batch = true;
  json.object().key("requests").array();
  for (const json::Value text : input.items()) {
    if (!text.is_string()) return unsupported("/input", "Gemini embeds texts, not token numbers.");
    write_one(text, options, json);
  }
  json.end_array().end_object();
  return ask;
}

std::string embeddings_of(json::Value answer, std::string_view model, Encoding encoding) {
  const json::Value one = answer["embedding"]["values"];
  const json::Value list = answer["embeddings"];
  if (!one.is_array() && !list.is_array()) return {};
  std::string out;
  json::Writer json(out);
  json.object().member("object", "list").key("data").array();
  if (one.is_array()) {
    write_embedding(one, 0, encoding, json);
  } else {
    std::int64_t index = 0;
    for (const json::Value item : list.items()) {
      if (!item["values"].is_array()) return {};
      write_embedding(item["values"], index++, encoding, json);
    }
  }
  const std::int64_t tokens = embedding_tokens(answer);
  json.end_array().member("model", model).key("usage").object();
  json.key("prompt_tokens").number(tokens).key("total_tokens").number(tokens);
  json.end_object().end_object();
  return out;
}

std::int64_t embedding_tokens(json::Value answer) {
  const json::Value count = answer["usageMetadata"]["promptTokenCount"];
  return count.integer().value_or(0) > 0 ? *count.integer() : 0;
}

}  // namespace aip::gemini
