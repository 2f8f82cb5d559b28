#include "upstream.h"

#include <aiproxy/random.hpp>

#include "invocation.h"

namespace aip::bing {
namespace {

constexpr std::uint32_t kWhole = AIP_CALLF_PRIMARY | AIP_CALLF_CHECK_JSON;

void add_fields(const Settings& settings, std::uint32_t cookie, sdk::Headers& headers) {
  if (!settings.user_agent.empty()) headers.add("user-agent", settings.user_agent);
  if (cookie != 0) headers.add_secret("cookie", "", cookie);
}

sdk::Call page_call(const Settings& settings, std::uint32_t cookie, std::string_view method,
                    std::string url) {
  sdk::Call call(method, std::move(url));
  call.headers.add("accept", "application/json").add("x-ms-client-request-id", sdk::random_uuid());
  add_fields(settings, cookie, call.headers);
  call.decode(AIP_DECODE_WHOLE).flags(kWhole);
  return call;
}

}  // namespace

std::string query_escaped(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out.push_back(c);
    } else {
      out.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  return out;
}

sdk::Call create_call(const Settings& settings, std::uint32_t cookie) {
  return page_call(settings, cookie, "GET",
                   settings.base_url + "/turing/conversation/create?bundleVersion=1.1694.0");
}

sdk::Call list_call(const Settings& settings, std::uint32_t cookie) {
  return page_call(settings, cookie, "GET", settings.base_url + "/turing/conversation/chats");
}

sdk::Call delete_call(const Settings& settings, std::uint32_t cookie, std::string_view body) {
  sdk::Call call = page_call(settings, cookie, "POST",
                             hub_http_url(settings) + "/sydney/DeleteSingleConversation");
  call.headers.add("content-type", "application/json").add("origin", settings.base_url);
  call.body(body);
  return call;
}

std::string delete_body(std::string_view id, std::string_view signature,
                        std::string_view client_id) {
  std::string text;
  json::Writer out(text);
  out.object().member("conversationId", id).member("conversationSignature", signature);
  out.key("participant").object().member("id", client_id).end_object();
  out.member("source", "cib").key("optionsSets").array().string("autosave").end_array();
  out.end_object();
  return text;
}

ImageForm image_form(std::string_view base64, std::string_view tone) {
  std::string knowledge;
  json::Writer out(knowledge);
  out.object().key("imageInfo").object().end_object();
  out.key("knowledgeRequest").object();
  out.key("invokedSkills").array().string("ImageById").end_array();
  out.member("subscriptionId", "Bing.Chat.Multimodal");
  out.key("invokedSkillsRequestData").object().key("enableFaceBlur").boolean(true).end_object();
  out.key("convoData").object().member("convoid", "").member("convotone", tone).end_object();
  out.end_object().end_object();

  const std::string boundary = sdk::multipart_boundary();
  ImageForm form;
  form.content_type = "multipart/form-data; boundary=" + boundary;
  const auto part = [&](std::string_view name, std::string_view value) {
    form.body.append("--").append(boundary);
    form.body.append("\r\nContent-Disposition: form-data; name=\"").append(name);
    form.body.append("\"\r\n\r\n").append(value).append("\r\n");
  };
  part("knowledgeRequest", knowledge);
  part("imageBase64", base64);
  form.body.append("--").append(boundary).append("--\r\n");
  return form;
}

sdk::Call upload_call(const Settings& settings, std::uint32_t cookie, const ImageForm& form) {
  sdk::Call call = page_call(settings, cookie, "POST", settings.base_url + "/images/kblob");
  call.headers.add("content-type", form.content_type).add("origin", settings.base_url);
  call.headers.add("referer", settings.base_url + "/search?q=Bing+AI&showconv=1&FORM=hpcodx");
  call.body(form.body);
  return call;
}

std::string image_url(const Settings& settings, std::string_view blob_id) {
  return settings.base_url + "/images/blob?bcid=" + query_escaped(blob_id);
}

sdk::Call hub_call(const Settings& settings, std::uint32_t cookie, std::string_view signature) {
  sdk::Call call = sdk::Call::websocket(
      settings.hub_url + "/sydney/ChatHub?sec_access_token=" + query_escaped(signature));
  call.headers.add("origin", settings.base_url);
  add_fields(settings, cookie, call.headers);
  call.decode(AIP_DECODE_DELIMITER).delimiter(kRecordEnd);
  call.flags(AIP_CALLF_PRIMARY | AIP_CALLF_CHECK_JSON);
  return call;
}

}  // namespace aip::bing
