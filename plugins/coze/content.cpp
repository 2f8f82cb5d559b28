#include "content.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base64.h"

namespace aip::coze {
namespace {

// One part that is no text, as it goes into an object_string.
struct Item {
  std::string_view type;  // image, file, audio
  std::string url;        // still JSON-escaped
  std::string file_id;    // likewise
  std::optional<Upload> upload;
};

struct Extension {
  std::string_view media_type, name;
};
// Coze tells a file's kind by the end of its name.
constexpr std::array<Extension, 12> kExtensions{{
    {"image/png", "png"},
    {"image/jpeg", "jpg"},
    {"image/jpg", "jpg"},
    {"image/gif", "gif"},
    {"image/webp", "webp"},
    {"application/pdf", "pdf"},
    {"text/plain", "txt"},
    {"text/csv", "csv"},
    {"audio/wav", "wav"},
    {"audio/mp3", "mp3"},
    {"audio/mpeg", "mp3"},
    {"video/mp4", "mp4"},
}};

std::string name_for(std::string_view media_type) {
  for (const Extension& row : kExtensions) {
    if (row.media_type == media_type) return "file." + std::string(row.name);
  }
  return "file.bin";
}

// Nothing that could end a field's line in the multipart body.
std::string in_one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = '_';
  }
  return text;
}

// Nor the quotes around a name.
std::string safe_name(std::string name) {
  for (char& c : name) {
    if (c == '"' || c == '\\' || c == '/') c = '_';
  }
  return in_one_line(std::move(name));
}

std::optional<Item> upload_item(std::string_view type, std::optional<DataUri> uri,
                                std::string name) {
  if (!uri) return std::nullopt;
  Item item{type, {}, {}, Upload()};
  item.upload->media_type = uri->media_type.empty() ? "application/octet-stream"
                                                    : in_one_line(std::move(uri->media_type));
  item.upload->name = name.empty() ? name_for(item.upload->media_type) : safe_name(std::move(name));
  item.upload->bytes = std::move(uri->bytes);
  return item;
}

std::optional<Item> url_item(std::string_view type, json::Value url) {
  const std::string_view escaped = url.escaped();
  if (escaped.empty()) return std::nullopt;
  if (is_data_uri(escaped)) return upload_item(type, read_data_uri(escaped), {});
  return Item{type, std::string(escaped), {}, std::nullopt};
}

std::optional<Item> base64_item(std::string_view type, std::string media_type, json::Value data,
                                std::string name) {
  std::optional<std::string> bytes = decode_base64(data.escaped());
  if (!bytes || bytes->empty()) return std::nullopt;
  return upload_item(type, DataUri{std::move(media_type), std::move(*bytes)}, std::move(name));
}

std::optional<Item> file_item(json::Value file) {
  if (file["file_id"].is_string()) {
    return Item{"file", {}, std::string(file["file_id"].escaped()), std::nullopt};
  }
  const json::Value data = file["file_data"];
  if (is_data_uri(data.escaped())) {
    return upload_item("file", read_data_uri(data.escaped()), file["filename"].str());
  }
  if (data.is_string()) return base64_item("file", {}, data, file["filename"].str());
  return url_item("file", file["file_url"]);
}

std::optional<Item> document_item(json::Value part) {
  const json::Value source = part["source"];
  if (source["type"].equals("url")) return url_item("file", source["url"]);
  if (source["type"].equals("file")) {
    return Item{"file", {}, std::string(source["file_id"].escaped()), std::nullopt};
  }
  if (source["type"].equals("base64")) {
    return base64_item("file", source["media_type"].str(), source["data"], part["title"].str());
  }
  return std::nullopt;
}

std::optional<Item> item_of(json::Value part) {
  const json::Value type = part["type"];
  if (type.equals("image_url")) {
    const json::Value image = part["image_url"];
    return url_item("image", image.is_string() ? image : image["url"]);
  }
  if (type.equals("file")) return file_item(part["file"]);
  if (type.equals("document")) return document_item(part);
  if (type.equals("video_url")) return url_item("file", part["video_url"]["url"]);
  if (type.equals("input_audio")) {
    const json::Value audio = part["input_audio"];
    const std::string format = audio["format"].str();
    return base64_item("audio", "audio/" + format, audio["data"], "audio." + format);
  }
  return std::nullopt;
}

// The text of a part, still escaped; no value if it is no text.
json::Value part_text(json::Value part) {
  const json::Value type = part["type"];
  if (type.equals("text")) return part["text"];
  if (type.equals("refusal")) return part["refusal"];
  if (type.equals("document") && part["source"]["type"].equals("text")) {
    return part["source"]["data"];
  }
  return {};
}

std::string at_part(const std::string& pointer, std::size_t part) {
  return pointer + "/content/" + std::to_string(part);
}

// Reads the parts that are no text. What cannot be sent is asked about.
Outcome<std::vector<Item>> items_of(json::Value content, const std::string& pointer, Media media,
                                    Questions& questions) {
  std::vector<Item> items;
  std::size_t number = 0;
  for (const json::Value part : content.items()) {
    const std::string place = at_part(pointer, number++);
    if (part_text(part).is_string()) continue;
    std::optional<Item> item = media == Media::Allowed ? item_of(part) : std::nullopt;
    if (item) {
      items.push_back(std::move(*item));
    } else if (!questions.may_drop(place)) {
      return unsupported(place, media == Media::Allowed
                                    ? "Coze takes text, images, files and audio, by address or as "
                                      "base64; this part is none of them."
                                    : "This version of Coze's API takes text only here.");
    }
  }
  return items;
}

// The members of one item, up to the place where an upload's id is missing.
void append_item(const Item& item, std::string& object_string) {
  object_string.append(R"(,{"type":")").append(item.type);
  if (!item.url.empty()) {
    object_string.append(R"(","file_url":")").append(item.url).append(R"("})");
  } else {
    object_string.append(R"(","file_id":")").append(item.file_id);
    if (!item.upload) object_string.append(R"("})");
  }
}

}  // namespace

std::string text_of(json::Value content) {
  if (content.is_string()) return std::string(content.escaped());
  std::string text;
  for (const json::Value part : content.items()) {
    const json::Value piece = part_text(part);
    if (!piece.is_string()) continue;
    if (!text.empty()) text.append("\\n");
    text.append(piece.escaped());
  }
  return text;
}

MaybeFailure judge_text_only(json::Value content, const std::string& pointer,
                             Questions& questions) {
  Outcome<std::vector<Item>> items = items_of(content, pointer, Media::TextOnly, questions);
  if (auto* failure = std::get_if<sdk::Failure>(&items)) return std::move(*failure);
  return std::nullopt;
}

MaybeFailure write_content(json::Value content, const std::string& pointer, Media media,
                           Questions& questions, json::Writer& out, std::string& body,
                           std::vector<Upload>& uploads) {
  Outcome<std::vector<Item>> read = items_of(content, pointer, media, questions);
  if (auto* failure = std::get_if<sdk::Failure>(&read)) return std::move(*failure);
  std::vector<Item>& items = std::get<std::vector<Item>>(read);
  const std::string text = text_of(content);
  out.key("content");
  if (items.empty()) {
    out.escaped(text).member("content_type", "text");
    return std::nullopt;
  }

  std::string object_string = "[";
  if (!text.empty()) object_string.append(R"({"type":"text","text":")").append(text).append("\"}");
  std::string escaped = "\"";
  std::vector<std::pair<std::size_t, Item*>> gaps;  // offsets in `escaped`
  bool first = text.empty();
  for (Item& item : items) {
    std::string written;
    append_item(item, written);
    object_string.append(written, first ? 1 : 0);  // no comma in front of the first
    first = false;
    if (!item.upload) continue;
    json::escape(std::exchange(object_string, {}), escaped);
    gaps.emplace_back(escaped.size(), &item);
    object_string = R"("})";
  }
  object_string.push_back(']');
  json::escape(object_string, escaped);
  escaped.push_back('"');

  if (uploads.size() + gaps.size() > kUploadsMax) {
    return invalid(pointer, "A request may hold at most " + std::to_string(kUploadsMax) +
                                " files that have to be uploaded.");
  }
  out.raw(escaped);
  const std::size_t begin = body.size() - escaped.size();
  for (const auto& [offset, item] : gaps) {
    item->upload->at = begin + offset;
    uploads.push_back(std::move(*item->upload));
  }
  out.member("content_type", "object_string");
  return std::nullopt;
}

std::string filled_in(const std::string& body, const std::vector<Upload>& uploads,
                      const std::vector<std::string>& ids) {
  std::string out;
  std::size_t done = 0;
  for (std::size_t i = 0; i < uploads.size() && i < ids.size(); ++i) {
    out.append(body, done, uploads[i].at - done);
    done = uploads[i].at;
    // Twice: the id stands in a JSON string that stands in a JSON string.
    std::string once;
    json::escape(ids[i], once);
    json::escape(once, out);
  }
  return out.append(body, done, std::string::npos);
}

std::string multipart(const Upload& upload, std::string_view boundary) {
  std::string out = "--";
  out.append(boundary).append("\r\ncontent-disposition: form-data; name=\"file\"; filename=\"");
  out.append(upload.name).append("\"\r\ncontent-type: ").append(upload.media_type);
  out.append("\r\n\r\n").append(upload.bytes);
  return out.append("\r\n--").append(boundary).append("--\r\n");
}

}  // namespace aip::coze
