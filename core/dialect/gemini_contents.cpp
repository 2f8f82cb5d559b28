#include "core/dialect/gemini_contents.h"

#include <algorithm>
#include <array>

#include "core/base/ascii.h"
#include "core/base/json.h"
#include "core/dialect/body.h"
#include "core/dialect/escape.h"
#include "core/dialect/gemini_carrier.h"
#include "core/dialect/gemini_names.h"

namespace aip::dialect {
namespace {

using json::Value;
using json::Writer;

constexpr std::array<std::string_view, 8> kPayloads{
    "text",           "inlineData",          "fileData", "functionCall", "functionResponse",
    "executableCode", "codeExecutionResult", "thought"};

std::string text_part(std::string_view escaped) {
  return std::string(R"({"type":"text","text":")").append(escaped).append("\"}");
}

// "image/jpg" is what some cameras say.
std::string mime_of(Value data) {
  std::string mime = lower(member_of(data, "mimeType").str());
  return mime == "image/jpg" ? "image/jpeg" : mime;
}

std::string audio_format(const std::string& mime) {
  std::string format = mime.substr(6);
  format = format.substr(0, format.find(';'));
  if (format.starts_with("x-")) format.erase(0, 2);
  return format == "mpeg" ? "mp3" : format == "wave" ? "wav" : format;
}

std::string url_part(std::string_view type, std::string_view escaped_url) {
  std::string out;
  Writer w(out);
  w.object().member("type", type).key(type).object();
  w.key("url").escaped(escaped_url).end_object().end_object();
  return out;
}

// A response that is one text under Google's usual name is that text.
struct Response {
  std::string text;  // escaped
  bool is_error = false;
};
Response response_text(Value response) {
  Response out;
  if (response.size() == 1) {
    const Value::Member only = *response.members().begin();
    out.is_error = only.named("error") && !only.value().is_null();
    const bool usual = out.is_error || only.named("output") || only.named("result");
    if (usual && only.value().is_string()) {
      out.text = only.value().escaped();
      return out;
    }
  }
  append_escaped(response ? response.raw() : std::string_view("{}"), out.text);
  return out;
}

}  // namespace

GeminiConversation::Place GeminiConversation::Place::member(std::string_view name) const {
  const std::string dot = dotted.empty() ? "" : ".";
  return {dotted + dot + std::string(name), pointer + "/" + std::string(name)};
}

GeminiConversation::Place GeminiConversation::Place::item(std::size_t index) const {
  const std::string number = std::to_string(index);
  return {dotted + "[" + number + "]", pointer + "/" + number};
}

void GeminiConversation::lack(const Place& place, std::string what, Lack::Weight weight) {
  made_.lacks.push_back({place.pointer, std::move(what), weight});
}

// ---- turns -------------------------------------------------------------------------------------

void GeminiConversation::add_message(std::string_view json, const std::string& origin) {
  made_.messages.push_back({origin, 0});
  comma(messages_);
  messages_.append(json);
}

void GeminiConversation::turn(Role role) {
  if (role_ == role) return;
  close();
  role_ = role;
  opened_ = origin_;
}

void GeminiConversation::close() {
  if (role_ == Role::User && !parts_.empty()) {
    add_message(R"({"role":"user","content":[)" + parts_ + "]}", opened_);
  }
  if (role_ == Role::Model) close_model();
  for (std::string* used : {&parts_, &text_, &reasoning_, &tool_calls_, &thinking_blocks_, &state_})
    used->clear();
  role_ = Role::None;
}

void GeminiConversation::close_model() {
  std::string out = R"({"role":"assistant","content":)";
  if (!parts_.empty()) {
    if (!text_.empty()) out.append("[").append(text_part(text_)).append(",");
    if (text_.empty()) out.append("[");
    out.append(parts_).append("]");
  } else if (text_.empty() && !tool_calls_.empty()) {
    out.append("null");
  } else {
    out.append("\"").append(text_).append("\"");
  }
  if (!thinking_blocks_.empty()) {
    out.append(",\"thinking_blocks\":[").append(thinking_blocks_).append("]");
  } else if (!reasoning_.empty()) {
    out.append(",\"reasoning_content\":\"").append(reasoning_).append("\"");
  }
  if (!state_.empty()) {
    out.append(R"(,"provider_state":{"provider":"gemini","data":")").append(state_).append("\"}");
  }
  if (!tool_calls_.empty()) out.append(",\"tool_calls\":[").append(tool_calls_).append("]");
  const bool said = !text_.empty() || !parts_.empty() || !tool_calls_.empty() ||
                    !reasoning_.empty() || !thinking_blocks_.empty();
  if (said) add_message(out.append("}"), opened_);
}

std::string GeminiConversation::finish() {
  close();
  return std::move(messages_);
}

// ---- contents ----------------------------------------------------------------------------------

Status GeminiConversation::system(Value instruction) {
  if (instruction.is_null_or_none()) return {};
  std::string text;
  const auto take = [&](Value part) {
    const Value inside = part.is_string() ? part : part["text"];
    if (inside.escaped().empty()) return part.size() == 0 || inside.is_string();
    if (!text.empty()) text.append("\\n");
    text.append(inside.escaped());
    return true;
  };
  bool all = true;
  const Value parts = instruction.is_object() ? instruction["parts"] : instruction;
  if (parts.is_array()) {
    for (const Value part : parts.items()) all = take(part) && all;
  } else if (parts.is_object() || parts.is_string()) {
    all = take(parts);
  } else {
    all = take(instruction);
  }
  if (!all) return bad_member("systemInstruction", "must hold text only.");
  if (!text.empty())
    add_message(R"({"role":"system","content":")" + text + "\"}", "/systemInstruction");
  return {};
}

Status GeminiConversation::contents(Value contents) {
  const Place root{"contents", "/contents"};
  if (contents.is_object() || contents.is_string()) return content(contents, root);
  if (!contents.is_array() || contents.size() == 0) {
    return bad_member("contents", "must be an array that is not empty.");
  }
  std::size_t i = 0;
  for (const Value one : contents.items()) {
    if (Status ok = content(one, root.item(i++)); !ok) return ok;
  }
  return {};
}

Status GeminiConversation::content(Value content, const Place& place) {
  origin_ = place.pointer;
  if (content.is_string()) {
    turn(Role::User);
    comma(parts_);
    parts_.append(text_part(content.escaped()));
    return {};
  }
  if (!content.is_object()) return bad_member(place.dotted, "must be an object.");
  const Value role = member_of(content, "role");
  const bool model = role.equals("model") || role.equals("assistant");
  const bool user = !role || role.escaped().empty() || role.equals("user") ||
                    role.equals("function") || role.equals("tool");
  if (!model && !user) {
    return bad_member(place.member("role").dotted, "must be user, model or function.");
  }
  turn(model ? Role::Model : Role::User);
  const Value parts = member_of(content, "parts");
  const Place inside = place.member("parts");
  const auto one = [&](Value part, const Place& where) -> Status {
    if (!part.is_object()) return bad_member(where.dotted, "must be an object.");
    return model ? model_part(part, where) : user_part(part, where);
  };
  if (parts.is_object()) return one(parts, inside);
  if (parts && !parts.is_array()) return bad_member(inside.dotted, "must be an array of parts.");
  std::size_t i = 0;
  for (const Value part : parts.items()) {
    if (Status ok = one(part, inside.item(i++)); !ok) return ok;
  }
  return {};
}

Status GeminiConversation::user_part(Value part, const Place& place) {
  if (const Value response = member_of(part, "functionResponse")) {
    return function_response(response, place.member("functionResponse"));
  }
  std::string made;
  if (const Value text = part["text"]) {
    if (!text.is_string()) return bad_member(place.member("text").dotted, "must be a string.");
    if (!text.escaped().empty()) made = text_part(text.escaped());
  } else {
    Result<std::string> other = other_part(part, place);
    if (!other) return std::move(other).error();
    made = std::move(*other);
  }
  if (made.empty()) return {};
  comma(parts_);
  parts_.append(made);
  return {};
}

Status GeminiConversation::model_part(Value part, const Place& place) {
  const Value signed_by = member_of(part, "thoughtSignature");
  if (const Value call = member_of(part, "functionCall")) {
    return function_call(call, signed_by, place.member("functionCall"));
  }
  signature(signed_by);
  if (const Value text = part["text"]) {
    if (!text.is_string()) return bad_member(place.member("text").dotted, "must be a string.");
    (part["thought"].is_true() ? reasoning_ : text_).append(text.escaped());
    return {};
  }
  if (const Value code = member_of(part, "executableCode")) {
    text_.append("\\n```\\n").append(code["code"].escaped()).append("\\n```\\n");
    lack(place.member("executableCode"), {}, Lack::Weight::Disclose);
    return {};
  }
  if (const Value result = member_of(part, "codeExecutionResult")) {
    text_.append("\\n```\\n").append(result["output"].escaped()).append("\\n```\\n");
    lack(place.member("codeExecutionResult"), {}, Lack::Weight::Disclose);
    return {};
  }
  Result<std::string> other = other_part(part, place);
  if (!other) return std::move(other).error();
  if (other->empty()) return {};
  comma(parts_);
  parts_.append(*other);
  return {};
}

void GeminiConversation::signature(Value signature) {
  if (signature.escaped().empty()) return;
  const std::string plain = signature.str();
  if (const std::optional<std::string> blocks = read_carrier(plain)) {
    comma(thinking_blocks_);
    thinking_blocks_.append(*blocks);
  } else {
    state_ = signature.escaped();
  }
}

// ---- functions ---------------------------------------------------------------------------------

Status GeminiConversation::function_call(Value call, Value signature, const Place& place) {
  const Value name = call["name"];
  if (name.escaped().empty()) return bad_member(place.member("name").dotted, "must be a name.");
  const Value args = call["args"];
  if (!args.is_null_or_none() && !args.is_object()) {
    return bad_member(place.member("args").dotted, "must be an object.");
  }
  Call known{call["id"].str(), name.str()};
  if (known.id.empty()) {
    known.id = "call_by_place_" + std::to_string(calls_.size());
    known.made = true;
  }
  const std::string plain = signature.str();
  const std::optional<std::string> blocks = read_carrier(plain);
  if (blocks) {
    comma(thinking_blocks_);
    thinking_blocks_.append(*blocks);
  }
  comma(tool_calls_);
  Writer w(tool_calls_);
  w.object().member("id", known.id).member("type", "function");
  w.key("function").object().key("name").escaped(name.escaped());
  w.member("arguments", args.is_object() ? args.raw() : std::string_view("{}")).end_object();
  if (!blocks && !plain.empty()) {
    w.key("provider_state").object().member("provider", "gemini");
    w.key("data").escaped(signature.escaped()).end_object();
  }
  w.end_object();
  Waiting& waiting = calls_by_name_[known.name];
  waiting.all.push_back(calls_.size());
  if (known.made) waiting.made.push_back(calls_.size());
  calls_by_id_.emplace(known.id, calls_.size());
  calls_.push_back(std::move(known));
  return {};
}

GeminiConversation::Call* GeminiConversation::first_waiting(std::deque<std::size_t>& calls) {
  while (!calls.empty() && calls_[calls.front()].answered) calls.pop_front();
  return calls.empty() ? nullptr : &calls_[calls.front()];
}

std::string GeminiConversation::id_of_response(Value response) {
  const std::string id = response["id"].str();
  const std::string name = response["name"].str();
  Call* found = nullptr;
  if (const auto same_id = calls_by_id_.find(id); same_id != calls_by_id_.end()) {
    found = &calls_[same_id->second];
  } else if (const auto named = calls_by_name_.find(name); named != calls_by_name_.end()) {
    Waiting& waiting = named->second;
    found = first_waiting(id.empty() ? waiting.all : waiting.made);
  }
  if (found != nullptr) {
    found->answered = true;
    return found->id;
  }
  // Nobody asked; whether that may be is the provider's to say.
  return id.empty() ? "call_unknown_" + name : id;
}

Status GeminiConversation::function_response(Value response, const Place& place) {
  if (response["name"].escaped().empty() && response["id"].escaped().empty()) {
    return bad_member(place.member("name").dotted, "must be a name.");
  }
  const Value result = response["response"];
  if (!result.is_null_or_none() && !result.is_object()) {
    return bad_member(place.member("response").dotted, "must be an object.");
  }
  const Response said = response_text(result);
  std::string media;
  std::size_t i = 0;
  for (const Value part : member_of(response, "parts").items()) {
    Result<std::string> made = other_part(part, place.member("parts").item(i++));
    if (!made) return std::move(made).error();
    if (!made->empty()) media.append(",").append(*made);
  }
  std::string out;
  Writer w(out);
  w.object().member("role", "tool").member("tool_call_id", id_of_response(response));
  if (media.empty()) {
    w.key("content").escaped(said.text);
  } else {
    w.member_raw("content", "[" + text_part(said.text) + media + "]");
  }
  if (said.is_error) w.key("is_error").boolean(true);
  w.end_object();
  add_message(out, origin_);
  return {};
}

// ---- media -------------------------------------------------------------------------------------

Result<std::string> GeminiConversation::other_part(Value part, const Place& place) {
  for (const std::string_view shade : {"videoMetadata", "mediaResolution"}) {
    if (member_of(part, shade)) lack(place.member(shade), {}, Lack::Weight::Disclose);
  }
  if (const Value data = member_of(part, "inlineData")) {
    const Place where = place.member("inlineData");
    if (member_of(data, "mimeType").escaped().empty() || !data["data"].is_string()) {
      return bad_member(where.dotted, "must have a mimeType and base64 data.");
    }
    return inline_data(data);
  }
  if (const Value data = member_of(part, "fileData")) {
    const Place where = place.member("fileData");
    if (member_of(data, "fileUri").escaped().empty()) {
      return bad_member(where.dotted, "must have a fileUri.");
    }
    return file_data(data, where);
  }
  for (const Value::Member& m : part.members()) {
    const std::string name = camel_of(m.key());
    const bool known = std::find(kPayloads.begin(), kPayloads.end(), name) != kPayloads.end();
    const bool shade = name == "videoMetadata" || name == "mediaResolution" ||
                       name == "thoughtSignature" || name == "partMetadata";
    if (!shade) {
      lack(place.member(name), "only Gemini has this kind of part here.",
           known ? Lack::Weight::Disclose : Lack::Weight::Refuse);
    }
  }
  return std::string();
}

std::string GeminiConversation::inline_data(Value data) const {
  const std::string mime = mime_of(data);
  const std::string_view base64 = data["data"].escaped();
  std::string url = "data:";
  append_escaped(mime, url);
  url.append(";base64,").append(base64);
  if (mime.starts_with("image/")) return url_part("image_url", url);
  if (mime.starts_with("video/")) return url_part("video_url", url);
  std::string out;
  Writer w(out);
  if (mime.starts_with("audio/")) {
    w.object().member("type", "input_audio").key("input_audio").object();
    w.key("data").escaped(base64).member("format", audio_format(mime)).end_object().end_object();
    return out;
  }
  const std::string title = member_of(data, "displayName").str();
  if (mime.starts_with("text/")) {
    const std::optional<std::string> text = decode_base64(data["data"].str());
    std::string quoted;
    if (text) append_string(*text, quoted);
    if (text && json::check(quoted).ok()) {
      w.object().member("type", "document").key("source").object().member("type", "text");
      w.member("media_type", "text/plain").member_raw("data", quoted).end_object();
      if (!title.empty()) w.member("title", title);
      w.end_object();
      return out;
    }
  }
  w.object().member("type", "file").key("file").object();
  w.member("filename", title.empty() ? std::string_view("document.pdf") : title);
  w.key("file_data").escaped(url).end_object().end_object();
  return out;
}

std::string GeminiConversation::file_data(Value data, const Place& place) {
  const Value uri = member_of(data, "fileUri");
  const std::string url = uri.str();
  const std::string mime = mime_of(data);
  const bool web = url.starts_with("https://") || url.starts_with("http://");
  const bool googles = url.find("generativelanguage.googleapis.com/") != std::string::npos;
  if (!web || googles || mime.starts_with("audio/")) {
    lack(place.member("fileUri"), "only Google's own service can read this file.",
         Lack::Weight::Refuse);
    return {};
  }
  if (mime.starts_with("image/")) return url_part("image_url", uri.escaped());
  const bool video = mime.starts_with("video/") || url.find("youtube.com/") != std::string::npos ||
                     url.find("youtu.be/") != std::string::npos;
  if (video) return url_part("video_url", uri.escaped());
  std::string out;
  Writer w(out);
  w.object().member("type", "document").key("source").object().member("type", "url");
  w.key("url").escaped(uri.escaped()).end_object();
  if (const Value title = member_of(data, "displayName"); title.is_string()) {
    w.key("title").escaped(title.escaped());
  }
  w.end_object();
  return out;
}

}  // namespace aip::dialect
