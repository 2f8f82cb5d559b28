#include "parts.h"

#include <algorithm>
#include <array>

#include "blank.h"

namespace aip::claude {
namespace {

Outcome<Part> refuse_or_drop(const std::string& pointer, const char* what, Questions& questions) {
  if (questions.may_drop(pointer)) return Part{};
  return unsupported(pointer, what);
}

Part text_part(std::string_view escaped) {
  Part part;
  if (is_blank(escaped)) return part;
  part.kind = Part::Kind::Text;
  part.text = escaped;
  return part;
}

Outcome<Part> read_text(json::Value value, const char* member, Place place) {
  if (value.is_string()) return text_part(value.escaped());
  return invalid(place.pointer() + "/" + member, "The text of a content part must be a string.");
}

Outcome<Part> web_document(std::string_view url, std::string_view title) {
  Part part;
  part.kind = Part::Kind::DocumentUrl;
  part.text = url;
  part.title = title;
  return part;
}

Outcome<Part> pdf(DataUri data, std::string_view title) {
  Part part;
  part.kind = Part::Kind::Pdf;
  part.data = std::move(data);
  part.title = title;
  return part;
}

bool is_pdf(const DataUri& data) {
  return sniff(data.base64) == "application/pdf" || data.media_type == "application/pdf";
}

Outcome<Part> base64_image(DataUri data, const std::string& pointer, Questions& questions) {
  const std::string_view type = image_type(data);
  if (type.empty()) {
    return refuse_or_drop(pointer, "Anthropic takes JPEG, PNG, GIF and WebP images only.",
                          questions);
  }
  Part part;
  part.kind = Part::Kind::ImageBase64;
  part.media_type = type;
  part.data = std::move(data);
  return part;
}

Outcome<Part> read_image(json::Value image, Place place, Questions& questions) {
  const json::Value url = image.is_object() ? image["url"] : image;
  const std::string_view escaped = url.escaped();
  const std::string pointer = place.pointer() + "/image_url";
  if (image["detail"] && !image["detail"].equals("auto")) {
    questions.coerced(pointer + "/detail");
  }
  if (is_web_url(escaped)) {
    Part part;
    part.kind = Part::Kind::ImageUrl;
    part.text = escaped;
    return part;
  }
  std::optional<DataUri> data = parse_data_uri(escaped);
  if (!data) {
    return invalid(pointer, "An image must be an http(s) URL or a base64 data URI.");
  }
  if (is_pdf(*data)) return pdf(std::move(*data), {});
  return base64_image(std::move(*data), pointer, questions);
}

Outcome<Part> plain_text(const DataUri& data, std::string_view title, const std::string& pointer,
                         Questions& questions) {
  const std::optional<std::string> decoded = decode_base64(data.base64);
  if (!decoded) return invalid(pointer, "The file's data is not base64.");
  Part part;
  part.kind = Part::Kind::PlainText;
  json::Writer(part.plain).string(*decoded);
  // The writer takes any bytes; the host's check knows UTF-8.
  if (!questions.is_json(part.plain)) return invalid(pointer, "The text file is not UTF-8.");
  part.title = title;
  return part;
}

Outcome<Part> read_file(json::Value file, Place place, Questions& questions) {
  const std::string pointer = place.pointer() + "/file";
  const std::string_view title = file["filename"].escaped();
  const std::string_view id = file["file_id"].escaped();
  // OpenAI's ids begin with "file-": another provider's file means nothing to Anthropic.
  if (id.substr(0, 5) == "file_") {
    Part part;
    part.kind = Part::Kind::DocumentFile;
    part.text = id;
    part.title = title;
    return part;
  }
  if (!id.empty()) {
    return refuse_or_drop(pointer + "/file_id",
                          "This file id is not Anthropic's; send the file's data instead.",
                          questions);
  }
  const std::string_view escaped = file["file_data"].escaped();
  if (is_web_url(escaped)) return web_document(escaped, title);
  std::optional<DataUri> data =
      is_data_uri(escaped) ? parse_data_uri(escaped) : bare_base64(escaped);
  if (!data || data->base64.empty()) {
    return invalid(pointer, "A file needs file_data: a base64 data URI or a URL.");
  }
  if (is_pdf(*data)) return pdf(std::move(*data), title);
  if (data->media_type.compare(0, 5, "text/") == 0) {
    return plain_text(*data, title, pointer, questions);
  }
  if (!image_type(*data).empty()) return base64_image(std::move(*data), pointer, questions);
  return refuse_or_drop(pointer, "Anthropic takes PDF, plain text and image files only.",
                        questions);
}

bool is_anthropics_own(json::Value part, json::Value type) {
  static constexpr std::array<std::string_view, 3> kOwn{"document", "search_result",
                                                        "container_upload"};
  if (type.equals("image")) return part["source"].is_object();
  return std::any_of(kOwn.begin(), kOwn.end(),
                     [type](std::string_view name) { return type.equals(name); });
}

void write_as_is(json::Value part, json::Writer& json) {
  json.object();
  for (const json::Value::Member& m : part.members()) {
    if (m.named("cache_control")) continue;  // marks go through Draft::mark()
    json.key(m.key()).raw(m.value().raw());
  }
  json.end_object();
}

void begin_source(std::string_view block, std::string_view source, json::Writer& json) {
  json.object().member("type", block).key("source").object().member("type", source);
}

void end_source(std::string_view title, json::Writer& json) {
  json.end_object();
  if (!title.empty()) json.key("title").escaped(title);
  json.end_object();
}

}  // namespace

Outcome<Part> read_part(json::Value part, Place place, Questions& questions) {
  const json::Value type = part["type"];
  if (type.equals("text")) return read_text(part["text"], "text", place);
  if (type.equals("refusal")) return read_text(part["refusal"], "refusal", place);
  if (type.equals("image_url")) return read_image(part["image_url"], place, questions);
  if (type.equals("file")) return read_file(part["file"], place, questions);
  if (is_anthropics_own(part, type)) {
    Part own;
    own.kind = Part::Kind::AsIs;
    own.whole = part;
    return own;
  }
  if (type.equals("input_audio")) {
    return refuse_or_drop(place.pointer() + "/input_audio", "Anthropic takes no audio.", questions);
  }
  if (type.equals("video_url")) {
    return refuse_or_drop(place.pointer() + "/video_url", "Anthropic takes no video.", questions);
  }
  return refuse_or_drop(place.pointer(), "Anthropic has no content part of this type.", questions);
}

void write_part(const Part& part, Draft& draft) {
  json::Writer& json = draft.json();
  switch (part.kind) {
    case Part::Kind::Nothing:
      return;
    case Part::Kind::Text:
      draft.text(part.text);
      return;
    case Part::Kind::ImageBase64:
      begin_source("image", "base64", json);
      json.member("media_type", part.media_type).key("data").escaped(part.data.base64);
      break;
    case Part::Kind::ImageUrl:
      begin_source("image", "url", json);
      json.key("url").escaped(part.text);
      break;
    case Part::Kind::Pdf:
      begin_source("document", "base64", json);
      json.member("media_type", "application/pdf").key("data").escaped(part.data.base64);
      break;
    case Part::Kind::PlainText:
      begin_source("document", "text", json);
      json.member("media_type", "text/plain").key("data").raw(part.plain);
      break;
    case Part::Kind::DocumentUrl:
      begin_source("document", "url", json);
      json.key("url").escaped(part.text);
      break;
    case Part::Kind::DocumentFile:
      begin_source("document", "file", json);
      json.key("file_id").escaped(part.text);
      break;
    case Part::Kind::AsIs:
      write_as_is(part.whole, json);
      draft.block_done();
      return;
  }
  end_source(part.title, json);
  draft.block_done();
}

}  // namespace aip::claude
