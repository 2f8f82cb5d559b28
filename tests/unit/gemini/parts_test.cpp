#include "tests/unit/gemini/support.h"

using namespace aip;
using namespace aip::gemini_test;

namespace {

// What becomes of one content part of the user.
Outcome part_of(const std::string& part, Ask ask = {}) {
  return translate(with_messages(R"({"role":"user","content":[)" + part + "]}"), ask);
}
std::string made(const std::string& part, Ask ask = {}) {
  const Outcome out = part_of(part, ask);
  const std::string contents = out["contents"];
  for (const json::Value turn : json::Value(contents).items()) {
    return std::string(turn["parts"].raw());
  }
  return "refused at " + out.failure.param;
}
std::string image(const std::string& url) {
  return R"({"type":"image_url","image_url":{"url":")" + url + R"("}})";
}

}  // namespace

TEST_CASE("parts: an image's data goes inline, its type as its bytes show it") {
  CHECK(made(image("data:image/jpg;base64,AAAA")) ==
        R"([{"inlineData":{"mimeType":"image/jpeg","data":"AAAA"}}])");
  CHECK(made(image("data:image/jpeg;base64,iVBORw0KGgo=")) ==
        R"([{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}}])");
  CHECK(made(image("data:image\\/webp;base64,AA\\/A")) ==
        R"([{"inlineData":{"mimeType":"image/webp","data":"AA/A"}}])");
}

TEST_CASE("parts: files of Google's own go by their address, from anywhere") {
  CHECK(made(image("gs://bucket/cat.png")) ==
        R"([{"fileData":{"mimeType":"image/png","fileUri":"gs://bucket/cat.png"}}])");
  CHECK(made(image("https://generativelanguage.googleapis.com/v1beta/files/abc")) ==
        R"([{"fileData":{"mimeType":"image/jpeg",)"
        R"("fileUri":"https://generativelanguage.googleapis.com/v1beta/files/abc"}}])");
  CHECK(made(R"({"type":"video_url","video_url":{"url":"https://youtu.be/x"}})") ==
        R"([{"fileData":{"mimeType":"video/mp4","fileUri":"https://youtu.be/x"}}])");
  CHECK(made(R"({"type":"file","file":{"file_id":"files/abc","filename":"a.txt"}})") ==
        R"([{"fileData":{"mimeType":"text/plain",)"
        R"("fileUri":"https://generativelanguage.googleapis.com/v1beta/files/abc"}}])");
}

TEST_CASE("parts: another URL is refused by its place, dropped if that may be, fetched by Vertex") {
  const std::string url = image("https://example.org/cat.webp?x=1");

  CHECK(made(url) == "refused at /messages/0/content/0/image_url");
  CHECK((part_of(url).failure.flags & AIP_ERR_UNSUPPORTED) != 0);
  Ask drops;
  drops.drops = true;
  CHECK(made(url, drops) == R"x([{"text":"(no text)"}])x");
  Ask vertex;
  vertex.vertex = true;
  CHECK(made(url, vertex) ==
        R"([{"fileData":{"mimeType":"image/webp","fileUri":"https://example.org/cat.webp?x=1"}}])");
}

TEST_CASE("parts: audio, files and documents") {
  CHECK(made(R"({"type":"input_audio","input_audio":{"data":"AAAA","format":"mp3"}})") ==
        R"([{"inlineData":{"mimeType":"audio/mp3","data":"AAAA"}}])");
  CHECK(made(R"({"type":"file","file":{"file_data":"data:application/pdf;base64,JVBERi0x"}})") ==
        R"([{"inlineData":{"mimeType":"application/pdf","data":"JVBERi0x"}}])");
  CHECK(made(R"({"type":"file","file":{"file_data":"AAAA","filename":"a.csv"}})") ==
        R"([{"inlineData":{"mimeType":"text/csv","data":"AAAA"}}])");
  CHECK(made(R"({"type":"document","source":{"type":"base64","media_type":"application/pdf",)"
             R"("data":"AAAA"}})") ==
        R"([{"inlineData":{"mimeType":"application/pdf","data":"AAAA"}}])");
  CHECK(made(R"({"type":"document","source":{"type":"text","data":"words"}})") ==
        R"([{"text":"words"}])");
  CHECK(made(R"({"type":"document","source":{"type":"content","content":[{"type":"text",)"
             R"("text":"a"},{"type":"text","text":"b"}]}})") == R"([{"text":"ab"}])");
}

TEST_CASE("parts: what is no part of Gemini's is refused by its place") {
  CHECK(made(R"({"type":"file","file":{"file_id":"file-abc"}})") ==
        "refused at /messages/0/content/0/file/file_id");
  CHECK(made(R"({"type":"hologram"})") == "refused at /messages/0/content/0");
  CHECK(made(image("nonsense")) == "refused at /messages/0/content/0/image_url");
  CHECK(made(R"({"type":"text","text":5})") == "refused at /messages/0/content/0/text");
  CHECK(made(R"({"type":"input_audio","input_audio":{}})") ==
        "refused at /messages/0/content/0/input_audio/data");
}

TEST_CASE("parts: the detail of an image is disclosed as lost") {
  CHECK(part_of(R"({"type":"image_url","image_url":{"url":"gs://a/b.png","detail":"high"}})")
            .changed == Texts{"/messages/0/content/0/image_url/detail"});
}
