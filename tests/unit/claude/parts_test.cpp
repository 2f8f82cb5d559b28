// D1: images, files, documents, audio.
#include "plugins/claude/parts.h"

#include "tests/unit/claude/support.h"

namespace aip::claude_test {
namespace {

// The first bytes of each kind, as base64.
const std::string kPng = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB";
const std::string kJpeg = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBD";
const std::string kGif = "R0lGODlhAQABAIAAAAAAAP///yH5BAEA";
const std::string kWebp = "UklGRiQAAABXRUJQVlA4IBgAAAAwAQCd";
const std::string kPdf = "JVBERi0xLjQKJcfsj6IKNSAwIG9iago8";

// The block that a part of a user message becomes.
std::string block_of(const std::string& part) {
  const Outcome out = translate(with_messages(R"({"role":"user","content":[)" + part + "]}"));
  for (const json::Value turn : out.value()["messages"].items()) {
    for (const json::Value block : turn["content"].items()) return std::string(block.raw());
  }
  return "failed: " + out.failure.param;
}

std::string image(const std::string& url) {
  return R"({"type":"image_url","image_url":{"url":")" + url + R"("}})";
}
std::string base64_block(const std::string& kind, const std::string& type,
                         const std::string& data) {
  return R"({"type":")" + kind + R"(","source":{"type":"base64","media_type":")" + type +
         R"(","data":")" + data + R"("}})";
}

}  // namespace

TEST_CASE("D1 images: data URIs become base64 sources, their type corrected") {
  struct Row {
    std::string declared, data, want;
  };
  const std::vector<Row> rows{
      {"image/png", kPng, "image/png"},
      {"image/jpg", kJpeg, "image/jpeg"},
      {"image/gif", kGif, "image/gif"},
      {"image/webp", kWebp, "image/webp"},
      {"image/png", kJpeg, "image/jpeg"},  // a wrong type, seen by the bytes
      {"application/octet-stream", kGif, "image/gif"},
      {"IMAGE/PNG", "AAAA", "image/png"},  // unknown bytes: what was declared
      {"image/jpg", "AAAA", "image/jpeg"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.declared);
    CHECK(block_of(image("data:" + row.declared + ";base64," + row.data)) ==
          base64_block("image", row.want, row.data));
  }
}

TEST_CASE("D1 images: escapes and line breaks inside base64 do not reach the service") {
  CHECK(block_of(image("data:image\\/jpeg;base64,\\/9j\\/4AAQ\\nSkZJ RgAB")) ==
        base64_block("image", "image/jpeg", "/9j/4AAQSkZJRgAB"));
  CHECK(block_of(image("data:image/png;charset=binary;base64," + kPng)) ==
        base64_block("image", "image/png", kPng));
}

TEST_CASE("D1 images: http(s) becomes a url source, anything else is refused") {
  CHECK(block_of(image("https://a/b.png?x=1")) ==
        R"({"type":"image","source":{"type":"url","url":"https://a/b.png?x=1"}})");
  CHECK(block_of(image("https:\\/\\/a\\/b")) ==
        R"({"type":"image","source":{"type":"url","url":"https:\/\/a\/b"}})");
  CHECK(block_of(R"({"type":"image_url","image_url":"http://a/b"})") ==
        R"({"type":"image","source":{"type":"url","url":"http://a/b"}})");
  for (const char* url : {"gs://a/b", "file:///etc/passwd", "data:image/png,raw", "", "data:"}) {
    CAPTURE(url);
    CHECK(block_of(image(url)) == "failed: /messages/0/content/0/image_url");
  }
}

TEST_CASE("D1 images: a type that Anthropic does not take is put to the host") {
  CHECK(block_of(image("data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=")) ==
        "failed: /messages/0/content/0/image_url");
}

TEST_CASE("D1 images: detail is left out and disclosed, but for auto") {
  const auto changed = [](const char* detail) {
    return translate(
               with_messages(
                   R"({"role":"user","content":[{"type":"image_url","image_url":{"url":"https://a/b","detail":")" +
                   std::string(detail) + R"("}}]})"))
        .changed;
  };
  CHECK(changed("auto").empty());
  CHECK(changed("low") == Texts{"/messages/0/content/0/image_url/detail"});
}

TEST_CASE("D1 files: PDF, text, URL, image and Anthropic's own ids become documents") {
  const auto file = [](const std::string& members) {
    return R"({"type":"file","file":{)" + members + "}}";
  };
  struct Row {
    std::string members, want;
  };
  const std::vector<Row> rows{
      {R"("filename":"a.pdf","file_data":"data:application/pdf;base64,)" + kPdf + "\"",
       R"({"type":"document","source":{"type":"base64","media_type":"application/pdf","data":")" +
           kPdf + R"("},"title":"a.pdf"})"},
      {R"("file_data":")" + kPdf + "\"", base64_block("document", "application/pdf", kPdf)},
      {R"("filename":"n.txt","file_data":"data:text/plain;base64,SGVsbG8sICJ3w7ZybGQi")",
       R"({"type":"document","source":{"type":"text","media_type":"text/plain","data":"Hello, \"wörld\""},"title":"n.txt"})"},
      {R"("file_data":"https://a/b.pdf")",
       R"({"type":"document","source":{"type":"url","url":"https://a/b.pdf"}})"},
      {R"("file_data":"data:image/png;base64,)" + kPng + "\"",
       base64_block("image", "image/png", kPng)},
      {R"("file_id":"file_011Ccn6h7b")",
       R"({"type":"document","source":{"type":"file","file_id":"file_011Ccn6h7b"}})"},
      {R"("file_id":"file-abc")", "failed: /messages/0/content/0/file/file_id"},
      {R"("file_data":"data:application/zip;base64,UEsDBA==")",
       "failed: /messages/0/content/0/file"},
      {R"("file_data":"data:text/plain;base64,gICA")", "failed: /messages/0/content/0/file"},
      {R"("filename":"x")", "failed: /messages/0/content/0/file"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.members);
    CHECK(block_of(file(row.members)) == row.want);
  }
  CHECK(block_of(image("data:application/pdf;base64," + kPdf)) ==
        base64_block("document", "application/pdf", kPdf));
}

TEST_CASE("D1 documents: Anthropic's own block passes as it is, its mark in its place") {
  CHECK(
      block_of(
          R"({"type":"document","source":{"type":"text","media_type":"text/plain","data":"x"},"title":"t",)"
          R"("cache_control":{"type":"ephemeral"},"context":"c","citations":{"enabled":true}})") ==
      R"({"type":"document","source":{"type":"text","media_type":"text/plain","data":"x"},"title":"t",)"
      R"("context":"c","citations":{"enabled":true},"cache_control":{"type":"ephemeral"}})");
}

TEST_CASE("D1 audio and video: refused by name, or dropped if the host says so") {
  const std::string audio =
      R"({"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA","format":"wav"}},{"type":"text","text":"hi"}]})";
  const Outcome refused = translate(with_messages(audio));
  CHECK(refused.body.empty());
  CHECK(refused.failure.code == AIP_E_UNSUPPORTED);
  CHECK(refused.failure.flags == AIP_ERR_UNSUPPORTED);
  CHECK(refused.failure.param == "/messages/0/content/0/input_audio");

  const Outcome dropped = translate(with_messages(audio), {.drops = true});
  CHECK(dropped.asked == Texts{"/messages/0/content/0/input_audio"});
  CHECK(dropped["messages"] == R"([{"role":"user","content":[{"type":"text","text":"hi"}]}])");

  CHECK(block_of(R"({"type":"video_url","video_url":{"url":"https://a/b"}})") ==
        "failed: /messages/0/content/0/video_url");
  CHECK(block_of(R"({"type":"hologram"})") == "failed: /messages/0/content/0");
  CHECK(block_of(R"({"type":"text","text":7})") == "failed: /messages/0/content/0/text");
}

}  // namespace aip::claude_test
