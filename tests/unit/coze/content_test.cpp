// Contents: text, object_string, uploads; base64 in every spelling.
#include "plugins/coze/content.h"

#include "plugins/coze/base64.h"
#include "tests/unit/coze/support.h"

namespace aip::coze_test {
namespace {

// What Coze gets of one message's content.
std::string written(const std::string& content, std::vector<coze::Upload>* uploads = nullptr) {
  Made made = translate(with_messages(R"({"role":"user","content":)" + content + "}"));
  REQUIRE_MESSAGE(made.ok(), made.failure.message);
  if (uploads != nullptr) *uploads = made.value.uploads;
  for (const json::Value message : json::Value(made.value.body)["additional_messages"].items()) {
    const std::string text = message["content"].str();
    if (message["content_type"].equals("object_string") && made.value.uploads.empty()) {
      CHECK_MESSAGE(json::check(text), text);
    }
    return message["content_type"].str() + " " + text;
  }
  return {};
}

}  // namespace

TEST_CASE("content: texts are text, several are lines") {
  CHECK(written(R"("a\nb")") == "text a\nb");
  CHECK(written(R"([{"type":"text","text":"a"},{"type":"text","text":"\"b\""}])") ==
        "text a\n\"b\"");
}

TEST_CASE("content: media make an object_string, its text first") {
  CHECK(
      written(
          R"([{"type":"image_url","image_url":{"url":"https://h/a"}},{"type":"text","text":"q\""}])") ==
      R"(object_string [{"type":"text","text":"q\""},{"type":"image","file_url":"https://h/a"}])");
  CHECK(written(R"([{"type":"image_url","image_url":"https://h/a"}])") ==
        R"(object_string [{"type":"image","file_url":"https://h/a"}])");
  CHECK(
      written(
          R"([{"type":"file","file":{"file_id":"f1"}},{"type":"video_url","video_url":{"url":"https://h/v"}}])") ==
      R"(object_string [{"type":"file","file_id":"f1"},{"type":"file","file_url":"https://h/v"}])");
  CHECK(
      written(
          R"([{"type":"document","source":{"type":"url","url":"https://h/d"}},{"type":"document","source":{"type":"text","data":"t"}}])") ==
      R"(object_string [{"type":"text","text":"t"},{"type":"file","file_url":"https://h/d"}])");
}

TEST_CASE("content: what comes as base64 is uploaded, and its id finds its place") {
  const std::string content =
      R"([{"type":"text","text":"q"},{"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD"}},)"
      R"({"type":"image_url","image_url":{"url":"https://h/a"}},)"
      R"({"type":"input_audio","input_audio":{"data":"RA==","format":"wav"}}])";
  const Made made = translate(with_messages(R"({"role":"user","content":)" + content + "}"));
  REQUIRE(made.ok());
  REQUIRE(made.value.uploads.size() == 2);
  CHECK(made.value.uploads[0].bytes == "ABC");
  CHECK(made.value.uploads[0].name == "file.png");
  CHECK(made.value.uploads[1].bytes == "D");
  CHECK(made.value.uploads[1].name == "audio.wav");
  const std::string body = coze::filled_in(made.value.body, made.value.uploads, {"f-1", "\"2"});
  REQUIRE(json::check(body));
  for (const json::Value message : json::Value(body)["additional_messages"].items()) {
    CHECK(message["content"].str() ==
          R"([{"type":"text","text":"q"},{"type":"image","file_id":"f-1"},)"
          R"({"type":"image","file_url":"https://h/a"},{"type":"audio","file_id":"\"2"}])");
  }
}

TEST_CASE("content: so many uploads and no more") {
  const auto files = [](std::size_t n) {
    std::string parts;
    for (std::size_t i = 0; i < n; ++i) {
      parts += R"({"type":"image_url","image_url":{"url":"data:;base64,QQ=="}},)";
    }
    return with_messages(R"({"role":"user","content":[)" + parts +
                         R"({"type":"text","text":"q"}]})");
  };
  CHECK(translate(files(coze::kUploadsMax - 1)).ok());
  CHECK(translate(files(coze::kUploadsMax)).value.uploads.size() == coze::kUploadsMax);
  CHECK_FALSE(translate(files(coze::kUploadsMax + 1)).ok());
}

TEST_CASE("content: a part that is none of these is asked about") {
  for (const char* part :
       {R"({"type":"image_url","image_url":{"url":"data:image/png;base64,***"}})",
        R"({"type":"image_url"})", R"({"type":"file","file":{}})", R"({"type":"strange"})",
        R"({"type":"input_audio","input_audio":{"data":"","format":"wav"}})"}) {
    CAPTURE(part);
    const std::string chat = with_messages(
        R"({"role":"user","content":[{"type":"text","text":"q"},)" + std::string(part) + "]}");
    CHECK(translate(chat).failure.param == "/messages/0/content/1");
    CHECK(translate(chat, {.drops = true}).ok());
  }
}

TEST_CASE("content: a multipart body says what the file is, in a line that nothing can end") {
  coze::Upload upload{0, "text/plain", "a.txt", "x\r\n--b\r\n"};
  CHECK(coze::multipart(upload, "B") ==
        "--B\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n"
        "content-type: text/plain\r\n\r\nx\r\n--b\r\n\r\n--B--\r\n");
  const Made made = translate(with_messages(
      R"({"role":"user","content":[{"type":"file","file":{"filename":"a\"\r\nx: y","file_data":"data:a/b;base64,QQ=="}}]})"));
  REQUIRE(made.value.uploads.size() == 1);
  CHECK(made.value.uploads[0].name == "a___x: y");
  const Made typed = translate(with_messages(
      R"({"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"a/b\r\n\r\nx","data":"QQ=="}},)"
      R"({"type":"input_audio","input_audio":{"data":"QQ==","format":"wav\nx: y"}}]})"));
  REQUIRE(typed.value.uploads.size() == 2);
  CHECK(typed.value.uploads[0].media_type == "a/b____x");
  CHECK(typed.value.uploads[1].media_type == "audio/wav_x: y");
}

TEST_CASE("base64: both alphabets, escapes, line breaks, with and without its padding") {
  using coze::decode_base64;
  CHECK(decode_base64("QUJD") == "ABC");
  CHECK(decode_base64("QUI=") == "AB");
  CHECK(decode_base64("QUI") == "AB");
  CHECK(decode_base64("-_-_") == decode_base64("+/+/"));
  CHECK(decode_base64("+\\/+\\/") == decode_base64("+/+/"));
  CHECK(decode_base64("QU\\nJ\\r\\nD") == "ABC");
  CHECK(decode_base64("") == "");
  for (const char* bad : {"Q", "QUJDR", "QU=D", "Q*==", "\\u0041", "QUI= "}) {
    CAPTURE(bad);
    CHECK_FALSE(decode_base64(bad).has_value());
  }
}

TEST_CASE("base64: a data URI's type is lower case and without parameters") {
  const auto uri = coze::read_data_uri("data:Image\\/PNG;charset=x;base64,QQ==");
  REQUIRE(uri.has_value());
  CHECK(uri->media_type == "image/png");
  CHECK(uri->bytes == "A");
  CHECK_FALSE(coze::read_data_uri("data:text/plain,abc").has_value());
  CHECK_FALSE(coze::read_data_uri("data:;base64").has_value());
  CHECK_FALSE(coze::read_data_uri("https://h").has_value());
}

}  // namespace aip::coze_test
