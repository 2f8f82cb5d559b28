#include "core/dialect/body.h"

#include "core/base/json.h"

namespace aip::dialect {

using json::Value;

Error bad_member(std::string param, std::string_view words) {
  Error error{ErrorCode::CallerBadRequest, param + " " + std::string(words)};
  error.param = std::move(param);
  return error;
}

Result<bool> read_flag(const std::string& place, Value value) {
  if (value.is_null_or_none()) return false;
  if (!value.is_bool()) return bad_member(place, "must be true or false.");
  return value.is_true();
}

Result<ParsedChat> read_body(Bytes body, std::size_t json_depth_max) {
  if (body.find_first_not_of(" \t\r\n") == Bytes::npos) {
    return Error{ErrorCode::CallerBadJson, "The body is empty; it must be a JSON object."};
  }
  if (Status valid = json::check(body, json_depth_max); !valid) return std::move(valid).error();
  const Value root(body);
  if (!root.is_object()) {
    return Error{ErrorCode::CallerBadRequest, "The body must be a JSON object."};
  }
  if (std::optional<std::string> twice = json::duplicate_member(root)) {
    Error error{ErrorCode::CallerBadJson,
                "The member \"" + *twice + "\" stands in the body twice."};
    error.param = std::move(*twice);
    return error;
  }
  ParsedChat out;
  for (const Value::Member& m : root.members()) {
    const auto begin = static_cast<std::uint32_t>(m.raw.data() - body.data());
    const auto end = begin + static_cast<std::uint32_t>(m.raw.size());
    out.members.push_back({m.key(), m.value().raw(), begin, end});
  }
  for (const Member& m : out.members) {
    const Value value(m.value);
    if (m.name == "model" && !value.is_null()) {
      if (!value.is_string()) return bad_member("model", "must be a string.");
      out.model = value.str();
    }
    // OpenRouter has a member of this name that is an object, and goes to it untouched.
    if (m.name == "provider") out.provider = value.str();
  }
  return out;
}

Result<ParsedChat> parse_members(Bytes body, std::size_t json_depth_max) {
  return read_body(body, json_depth_max);
}

}  // namespace aip::dialect
