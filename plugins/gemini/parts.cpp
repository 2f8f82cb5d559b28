#include "parts.h"

#include <array>

namespace aip::gemini {
namespace {

// What is read beside the part itself.
struct Where {
  Place place;
  WebFiles web;
  Questions& questions;
};

Outcome<Part> refuse_or_drop(const std::string& pointer, const char* what, Where in) {
  if (in.questions.may_drop(pointer)) return Part{};
  return unsupported(pointer, what);
}

Outcome<Part> read_text(json::Value value, const char* member, Where in) {
  if (!value.is_string()) {
    return invalid(in.place.pointer() + "/" + member,
                   "The text of a content part must be a string.");
  }
  Part part;
  if (value.escaped().empty()) return part;
  part.kind = Part::Kind::Text;
  part.text = value.escaped();
  return part;
}

Part inline_part(DataUri data, std::string_view usual) {
  Part part;
  part.kind = Part::Kind::Inline;
  part.type = type_of(data, usual);
  part.data = std::move(data);
  return part;
}

// `told`: the type that the client names, if it does.
Outcome<Part> web_part(std::string url, std::string told, std::string_view usual,
                       const std::string& pointer, Where in) {
  if (kind_of_url(url) == Web::Other && in.web == WebFiles::Refused) {
    return refuse_or_drop(
        pointer, "Gemini does not fetch this URL; send a data URI, or a file of its Files API.",
        in);
  }
  Part part;
  part.kind = Part::Kind::File;
  const std::string_view by_name = type_by_name(url);
  if (told.empty()) told = std::string(by_name.empty() ? usual : by_name);
  part.type = std::move(told);
  part.url = std::move(url);
  return part;
}

// A URL of any kind: data, Google's, or the web's.
Outcome<Part> read_url(json::Value url, json::Value type, std::string_view usual,
                       const std::string& pointer, Where in) {
  if (is_data_uri(url.escaped())) {
    std::optional<DataUri> data = parse_data_uri(url.escaped());
    if (data && !data->base64.empty()) return inline_part(std::move(*data), usual);
  } else if (std::string address = url.str(); kind_of_url(address) != Web::None) {
    return web_part(std::move(address), type.str(), usual, pointer, in);
  }
  return invalid(pointer, "This must be a URL or a base64 data URI.");
}

Outcome<Part> read_media(json::Value media, const char* member, std::string_view usual, Where in) {
  const json::Value url = media.is_object() ? media["url"] : media;
  const std::string pointer = in.place.pointer() + "/" + member;
  if (media["detail"] && !media["detail"].equals("auto")) in.questions.coerced(pointer + "/detail");
  const json::Value told = media["mime_type"] ? media["mime_type"] : media["format"];
  return read_url(url, told, usual, pointer, in);
}

Outcome<Part> read_audio(json::Value audio, Where in) {
  DataUri data = bare_base64(audio["data"].escaped());
  if (data.base64.empty()) {
    return invalid(in.place.pointer() + "/input_audio/data", "The audio's data is missing.");
  }
  data.media_type = "audio/" + audio["format"].str();
  return inline_part(std::move(data), "audio/wav");
}

Outcome<Part> read_file(json::Value file, Where in) {
  const std::string pointer = in.place.pointer() + "/file";
  const std::string_view by_name = type_by_name(file["filename"].str());
  const std::string_view usual = by_name.empty() ? "application/pdf" : by_name;
  const std::string id = file["file_id"].str();
  if (id.substr(0, 6) == "files/") {
    return web_part("https://generativelanguage.googleapis.com/v1beta/" + id,
                    std::string(file["mime_type"] ? file["mime_type"].str() : std::string(usual)),
                    usual, pointer, in);
  }
  if (!id.empty() && kind_of_url(id) == Web::None) {
    return refuse_or_drop(pointer + "/file_id",
                          "This file id is not Gemini's; send the file's data instead.", in);
  }
  if (!id.empty()) return read_url(file["file_id"], file["mime_type"], usual, pointer, in);
  const std::string_view data = file["file_data"].escaped();
  if (data.empty()) return invalid(pointer, "A file needs file_data: a base64 data URI or a URL.");
  if (is_data_uri(data) || kind_of_url(file["file_data"].str()) != Web::None) {
    return read_url(file["file_data"], file["mime_type"], usual, pointer, in);
  }
  DataUri bare = bare_base64(data);
  bare.media_type = std::string(usual);
  return inline_part(std::move(bare), usual);
}

// Anthropic's document block.
Outcome<Part> read_document(json::Value source, Where in) {
  const std::string pointer = in.place.pointer() + "/source";
  const json::Value type = source["type"];
  if (type.equals("text")) return read_text(source["data"], "source/data", in);
  if (type.equals("url")) return read_url(source["url"], {}, "application/pdf", pointer, in);
  if (type.equals("base64")) {
    DataUri data = bare_base64(source["data"].escaped());
    data.media_type = source["media_type"].str();
    return inline_part(std::move(data), "application/pdf");
  }
  if (type.equals("content")) {
    Part part;
    if (source["content"].is_string()) part.plain = source["content"].escaped();
    for (const json::Value block : source["content"].items()) {
      part.plain.append(block["text"].escaped());
    }
    if (!part.plain.empty()) part.kind = Part::Kind::Text;
    return part;
  }
  return refuse_or_drop(pointer, "Gemini has no document of this kind.", in);
}

}  // namespace

Outcome<Part> read_part(json::Value part, Place place, WebFiles web, Questions& questions) {
  const Where in{place, web, questions};
  const json::Value type = part["type"];
  if (type.equals("text")) return read_text(part["text"], "text", in);
  if (type.equals("refusal")) return read_text(part["refusal"], "refusal", in);
  if (type.equals("image_url")) {
    return read_media(part["image_url"], "image_url", "image/jpeg", in);
  }
  if (type.equals("video_url")) return read_media(part["video_url"], "video_url", "video/mp4", in);
  if (type.equals("input_audio")) return read_audio(part["input_audio"], in);
  if (type.equals("file")) return read_file(part["file"], in);
  if (type.equals("document")) return read_document(part["source"], in);
  if (type.equals("image") && part["source"].is_object()) return read_document(part["source"], in);
  return refuse_or_drop(place.pointer(), "Gemini has no content part of this type.", in);
}

void write_part(const Part& part, Draft& draft) {
  json::Writer& json = draft.json();
  switch (part.kind) {
    case Part::Kind::Nothing:
      return;
    case Part::Kind::Text:
      draft.text(part.plain.empty() ? part.text : std::string_view(part.plain));
      return;
    case Part::Kind::Inline:
      json.object().key("inlineData").object().member("mimeType", part.type);
      json.key("data").escaped(part.data.base64).end_object().end_object();
      break;
    case Part::Kind::File:
      json.object().key("fileData").object();
      if (!part.type.empty()) json.member("mimeType", part.type);
      json.member("fileUri", part.url).end_object().end_object();
      break;
  }
  draft.part_done();
}

}  // namespace aip::gemini
