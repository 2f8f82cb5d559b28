#include "core/dialect/anthropic_parts.h"

#include <algorithm>

namespace aip::dialect {

using json::Value;
using json::Writer;

std::string below(const std::string& place, std::string_view member) {
  return place + "." + std::string(member);
}

std::string below(const std::string& place, std::size_t index) {
  return place + "." + std::to_string(index);
}

Error bad_field(const std::string& place, std::string_view words) {
  Error error{ErrorCode::CallerBadRequest, place + ": " + std::string(words)};
  error.param = place;
  return error;
}

std::string pointer_of(const std::string& place) {
  std::string pointer = "/" + place;
  std::replace(pointer.begin(), pointer.end(), '.', '/');
  return pointer;
}

void write_mark(Value from, Writer& w) {
  if (from.is_object()) w.member_raw("cache_control", from.raw());
}

void Parts::disclose(const std::string& place, std::string_view what) {
  lacks_.push_back({pointer_of(place), std::string(what), Lack::Weight::Disclose});
}

void Parts::text(Value block, const std::string& place) {
  const Value mark = block["cache_control"];
  plain_ = mark.is_object() ? std::string_view() : block["text"].escaped();
  Writer w(list_);
  w.object().member("type", "text").member_raw("text", block["text"].raw());
  write_mark(mark, w);
  w.end_object();
  if (block["citations"].size() != 0) disclose(below(place, "citations"), "citations");
}

Status Parts::image(Value block, const std::string& place) {
  const Value source = block["source"];
  std::string url;
  if (source["type"].equals("base64")) {
    if (!source["data"].is_string() || !source["media_type"].is_string()) {
      return bad_field(below(place, "source"), "A base64 image needs media_type and data.");
    }
    url.append("data:").append(source["media_type"].escaped());
    url.append(";base64,").append(source["data"].escaped());
  } else if (source["type"].equals("url")) {
    url = source["url"].escaped();
  } else {
    list_.append(block.raw());
    return {};
  }
  Writer w(list_);
  w.object().member("type", "image_url").key("image_url").object();
  w.key("url").escaped(url).end_object();
  write_mark(block["cache_control"], w);
  w.end_object();
  return {};
}

void Parts::search_result(Value block, const std::string& place) {
  std::string words(block["title"].escaped());
  words.append("\\n").append(block["source"].escaped()).append("\\n");
  for (const Value item : block["content"].items()) {
    words.append("\\n").append(item["text"].escaped());
  }
  Writer w(list_);
  w.object().member("type", "text").key("text").escaped(words);
  write_mark(block["cache_control"], w);
  w.end_object();
  disclose(place, "search results");
}

Status Parts::add(Value block, const std::string& place) {
  const Value type = block["type"];
  if (!block.is_object()) return bad_field(place, "Input should be an object.");
  if (!type.is_string()) return bad_field(below(place, "type"), "Field required");
  if (count_++ != 0) list_.push_back(',');
  plain_ = {};
  if (type.equals("text")) {
    if (!block["text"].is_string()) return bad_field(below(place, "text"), "Field required");
    text(block, place);
  } else if (type.equals("image")) {
    return image(block, place);
  } else if (type.equals("search_result")) {
    search_result(block, place);
  } else {
    list_.append(block.raw());
  }
  return {};
}

void Parts::write(Writer& w, std::string_view nothing) const {
  w.key("content");
  if (count_ == 0) {
    w.raw(nothing);
  } else if (count_ == 1 && !plain_.empty()) {
    w.escaped(plain_);
  } else {
    w.raw("[" + list_ + "]");
  }
}

}  // namespace aip::dialect
