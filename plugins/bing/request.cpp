#include "request.h"

#include <algorithm>
#include <array>

#include "errors.h"

namespace aip::bing {
namespace {

// Members that change an answer in a way that Bing cannot.
constexpr std::array<std::string_view, 9> kLacks{"tools",    "functions",  "response_format",
                                                 "stop",     "logit_bias", "audio",
                                                 "logprobs", "modalities", "web_search_options"};
// Members that are read here, or that the host has dealt with: they need no word. All others Bing
// does not take, but their absence leaves an answer an answer.
constexpr std::array<std::string_view, 12> kSilent{
    "model",    "messages", "stream", "stream_options", "n",      "user",
    "provider", "openai",   "gemini", "bing",           "claude", "coze"};

sdk::Failure unsupported(const std::string& pointer) {
  sdk::Failure failure(AIP_E_UNSUPPORTED, "Bing chat has no " + pointer.substr(1) + ".");
  failure.flags = AIP_ERR_UNSUPPORTED;
  failure.param = pointer;
  return failure;
}

bool more_than_text(json::Value modalities) {
  for (const json::Value one : modalities.items()) {
    if (!one.equals("text")) return true;
  }
  return false;
}

// A member that asks for nothing is as good as absent.
bool asks(const json::Value::Member& m) {
  const json::Value v = m.value();
  if (m.named("modalities")) return more_than_text(v);
  if (v.is_null_or_none() || v.is_false()) return false;
  if (v.is_array() || (v.is_object() && m.named("logit_bias"))) return v.size() > 0;
  if (m.named("response_format")) return !v["type"].equals("text");
  return true;
}

template <std::size_t N>
bool is_one_of(const json::Value::Member& m, const std::array<std::string_view, N>& names) {
  return std::any_of(names.begin(), names.end(), [&m](std::string_view n) { return m.named(n); });
}

class Reader {
 public:
  explicit Reader(Questions& questions) : questions_(questions) {}

  Outcome<Turn> read(json::Value chat) {
    json::Value messages;
    json::Value block;
    for (const json::Value::Member& m : chat.members()) {
      if (m.named("messages")) messages = m.value();
      if (m.named("bing")) block = m.value();
      judge(m);
    }
    if (!failure_ && block.is_object()) read_block(block);
    if (!failure_) read_messages(messages);
    if (failure_) return *std::move(failure_);
    return std::move(turn_);
  }

 private:
  void refuse(const std::string& pointer) {
    if (!failure_ && !questions_.may_drop(pointer)) failure_ = unsupported(pointer);
  }

  void judge(const json::Value::Member& m) {
    const bool many = m.named("n") && m.value().integer().value_or(1) > 1;
    if (many) refuse("/n");
    if (is_one_of(m, kSilent) || !asks(m)) return;
    if (is_one_of(m, kLacks)) return refuse(sdk::pointer_to(m.key()));
    questions_.coerced(sdk::pointer_to(m.key()));
  }

  // The seed's block: a conversation to go on with, an image beside the messages.
  void read_block(json::Value block) {
    if (const json::Value conversation = block["conversation"]; conversation.is_object()) {
      turn_.conversation = read_conversation(conversation);
      if (!turn_.conversation) {
        failure_ = bad_request("bing.conversation needs conversationId, clientId and Signature.",
                               "/bing/conversation");
        return;
      }
    }
    if (const std::string image = block["imageBase64"].str(); !image.empty()) {
      take_image(image, "/bing/imageBase64");
    }
  }

  // Bing takes JPEG alone; its base64 begins so.
  void take_image(std::string_view base64, const std::string& pointer) {
    if (!base64.starts_with("/9j/")) {
      failure_ = bad_request("Bing takes JPEG images only, as base64.", pointer);
    } else if (!turn_.image_base64.empty()) {
      failure_ = bad_request("Bing takes one image with a question.", pointer);
    } else {
      turn_.image_base64 = base64;
    }
  }

  void read_messages(json::Value messages) {
    std::vector<json::Value> list;
    for (const json::Value message : messages.items()) list.push_back(message);
    if (list.empty() || !list.back()["role"].equals("user")) {
      failure_ = bad_request("Bing answers a user's message, which must be the last one.",
                             "/messages/" + std::to_string(list.empty() ? 0 : list.size() - 1));
      return;
    }
    const std::size_t last = list.size() - 1;
    turn_.prompt = text_of(list[last], last, Part::Question);
    if (!failure_ && turn_.prompt.empty()) {
      failure_ =
          bad_request("Bing needs a question in words.", "/messages/" + std::to_string(last));
    }
    if (turn_.conversation) return;
    for (std::size_t i = 0; i < last && !failure_; ++i) {
      const std::string text = text_of(list[i], i, Part::Context);
      if (text.empty()) continue;
      if (!turn_.context.empty()) turn_.context += "\n\n";
      turn_.context += "[" + list[i]["role"].str() + "]\n" + text;
    }
  }

  enum class Part : std::uint8_t { Question, Context };

  std::string text_of(json::Value message, std::size_t index, Part part) {
    const std::string pointer = "/messages/" + std::to_string(index);
    if (message["tool_calls"].size() > 0) refuse(pointer + "/tool_calls");
    const json::Value content = message["content"];
    if (content.is_string()) return content.str();
    std::string out;
    std::size_t at = 0;
    for (const json::Value piece : content.items()) {
      const std::string place = pointer + "/content/" + std::to_string(at++);
      if (piece["type"].equals("text")) {
        if (!out.empty()) out += "\n";
        out += piece["text"].str();
      } else if (piece["type"].equals("image_url") && part == Part::Question) {
        read_image(piece["image_url"], place);
      } else {
        refuse(place);
      }
    }
    return out;
  }

  void read_image(json::Value image, const std::string& pointer) {
    const std::string url = image.is_string() ? image.str() : image["url"].str();
    const std::size_t comma = url.find(";base64,");
    if (!url.starts_with("data:image/") || comma == std::string::npos) {
      refuse(pointer);
      return;
    }
    take_image(std::string_view(url).substr(comma + 8), pointer);
  }

  Questions& questions_;
  Turn turn_;
  std::optional<sdk::Failure> failure_;
};

}  // namespace

Outcome<Turn> read_turn(json::Value chat, Questions& questions) {
  return Reader(questions).read(chat);
}

}  // namespace aip::bing
