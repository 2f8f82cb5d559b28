// The full reader: every event of an answer.
//
// A finish reason is kept until the stream is over: services say it twice, or say more behind it,
// and FINISH is told once and last.
#include <deque>

#include "answer.h"
#include "errors.h"
#include "facts.h"
#include "tools.h"

namespace aip::openai {
namespace {

using json::Value;
namespace event = sdk::event;

std::uint64_t hashed(std::string_view text, std::uint64_t hash) noexcept {  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

// The members of a delta or a message, found in one pass.
struct Message {
  explicit Message(Value object) {
    for (const Value::Member& m : object.members()) {
      if (m.named("content")) content = m.value();
      if (m.named("reasoning_content")) reasoning_content = m.value();
      if (m.named("reasoning")) reasoning = m.value();
      if (m.named("reasoning_details")) details = m.value();
      if (m.named("refusal")) refusal = m.value();
      if (m.named("tool_calls")) tool_calls = m.value();
      if (m.named("function_call")) function_call = m.value();
      if (m.named("annotations")) annotations = m.value();
      if (m.named("images")) images = m.value();
      if (m.named("audio")) audio = m.value();
    }
  }
  Value content, reasoning_content, reasoning, details, refusal;
  Value tool_calls, function_call, annotations, images, audio;
};

class Reader final : public AnswerReader {
 public:
  explicit Reader(std::string_view seed) : seed_(hashed(seed, 0xcbf29ce484222325ULL)) {}

  std::optional<sdk::Failure> chunk(Value value) override { return read(value, "delta"); }

  std::optional<sdk::Failure> whole(Value value) override {
    if (auto failure = read(value, "message")) return failure;
    if (!is_answer_) return bad_answer("The provider's answer has no choices.");
    finish_all();  // a whole answer is complete because it is whole
    tell_finishes();
    return std::nullopt;
  }

  void end() override {
    events_.clear();
    made_.clear();
    tell_finishes();
  }

  void assume_finished() override {
    events_.clear();
    finish_all();
  }
  bool complete() const noexcept override { return progress_.complete(); }
  bool was_usage_only() const noexcept override { return usage_only_; }

 private:
  void finish_all() {
    if (progress_.size() == 0) progress_.begin(0);
    for (std::uint32_t i = 0; i < progress_.size(); ++i) {
      if (progress_.open(i) && progress_.finish(i)) choice_of(i).finish = AIP_FINISH_STOP;
    }
  }

  struct Choice {
    Choice(std::uint32_t index, std::uint64_t seed) : tools(index, seed) {}
    ToolCalls tools;
    std::uint32_t finish = 0;
    std::string reason;  // in the service's own word
    bool told = false;
  };

  Choice& choice_of(std::uint32_t index) {
    while (choices_.size() <= index) {
      choices_.emplace_back(static_cast<std::uint32_t>(choices_.size()), seed_);
    }
    return choices_[index];
  }

  std::optional<sdk::Failure> read(Value value, std::string_view member) {
    events_.clear();
    made_.clear();
    const Chunk chunk(value);
    if (chunk.error && !progress_.complete()) return failure_in(chunk.error);
    usage_only_ = chunk.is_usage_only();
    is_answer_ = chunk.choices.is_array();
    Value usage = chunk.usage;
    for (const Value item : chunk.choices.items()) {
      start(chunk);
      if (auto failure = read_choice(item, member, usage)) return failure;
    }
    if (usage.is_object()) {
      usage_ = {};
      read_usage(usage, usage_);
      events_.push_back(event::usage(usage_));
    }
    return std::nullopt;
  }

  // The first chunk with a choice: Azure begins with one that has neither choice nor name.
  void start(const Chunk& chunk) {
    if (started_) return;
    started_ = true;
    const std::string& id =
        made(chunk.id.is_number() ? std::string(chunk.id.raw()) : chunk.id.str());
    const std::string& model = made(chunk.model.str());
    seed_ = hashed(id, seed_);
    const std::int64_t created = chunk.created.integer().value_or(0);
    events_.push_back(
        event::start(id, model, created > 0 ? static_cast<std::uint64_t>(created) : 0));
  }

  std::optional<sdk::Failure> read_choice(Value item, std::string_view member, Value& usage) {
    const std::uint32_t index = index_of(item["index"]);
    progress_.begin(index);
    Choice& choice = choice_of(index);
    if (const Value own = item["usage"]; own.is_object() && !usage.is_object()) usage = own;
    if (const Value logprobs = item["logprobs"]; logprobs.is_object()) {
      push(index, event::logprobs(logprobs.raw()));
    }
    Value message = item[member];
    // Some services send a whole message as their last or only chunk.
    if (!message.is_object()) message = item[member == "delta" ? "message" : "delta"];
    read_message(Message(message), index, choice);
    const Value reason = item["finish_reason"];
    if (reason.equals(kErrorReason)) return failed_choice();
    const std::uint32_t finish = finish_of(reason.escaped());
    if (finish != 0 && progress_.finish(index)) {
      choice.finish = finish;
      choice.reason = reason.str();
    }
    return std::nullopt;
  }

  void read_message(const Message& message, std::uint32_t index, Choice& choice) {
    read_reasoning(message, index);
    read_content(message.content, index);
    text(index, AIP_EV_REFUSAL, message.refusal);
    for (const Value one : message.annotations.items()) push(index, event::citation(one.raw()));
    for (const Value image : message.images.items()) read_image(image["image_url"]["url"], index);
    if (message.audio.is_object()) push(index, event::audio(message.audio.raw()));
    choice.tools.read_function_call(message.function_call, events_);
    choice.tools.read(message.tool_calls, events_);
  }

  void read_reasoning(const Message& message, std::uint32_t index) {
    const bool told = text(index, AIP_EV_REASONING, message.reasoning_content) ||
                      text(index, AIP_EV_REASONING, message.reasoning);
    for (const Value detail : message.details.items()) {
      if (!told) text(index, AIP_EV_REASONING, detail[detail["text"] ? "text" : "summary"]);
      text(index, AIP_EV_SIGNATURE, detail["signature"]);
    }
  }

  // A string, or parts: Mistral's reasoning models send their thoughts as a part.
  void read_content(Value content, std::uint32_t index) {
    text(index, AIP_EV_TEXT, content);
    for (const Value part : content.items()) {
      if (part["type"].equals("thinking")) {
        const Value thinking = part["thinking"];
        text(index, AIP_EV_REASONING, thinking);
        for (const Value piece : thinking.items()) text(index, AIP_EV_REASONING, piece["text"]);
      } else if (part["type"].equals("refusal")) {
        text(index, AIP_EV_REFUSAL, part["refusal"]);
      } else if (part["type"].equals("image_url")) {
        const Value image = part["image_url"];
        read_image(image.is_string() ? image : image["url"], index);
      } else {
        text(index, AIP_EV_TEXT, part["text"]);
      }
    }
  }

  void read_image(Value url, std::uint32_t index) {
    const std::string_view address = url.escaped();
    if (address.empty()) return;
    constexpr std::string_view kData = "data:";
    constexpr std::string_view kBase64 = ";base64,";
    const std::size_t comma = address.find(kBase64);
    std::string image;
    json::Writer w(image);
    if (address.substr(0, kData.size()) == kData && comma != std::string_view::npos) {
      w.object().key("mime_type").escaped(address.substr(kData.size(), comma - kData.size()));
      w.key("data").escaped(address.substr(comma + kBase64.size())).end_object();
    } else {
      w.object().key("url").escaped(address).end_object();
    }
    push(index, event::image(made(std::move(image))));
  }

  // False: not a string, or an empty one.
  bool text(std::uint32_t index, std::uint16_t type, Value value) {
    const std::string_view inside = value.escaped();
    if (inside.empty()) return false;
    push(index, event::escaped(event::make_text(type, inside)));
    return true;
  }

  void tell_finishes() {
    for (std::uint32_t i = 0; i < choices_.size(); ++i) {
      Choice& choice = choices_[i];
      if (choice.told || choice.finish == 0) continue;
      choice.told = true;
      choice.tools.end(events_);
      // A forced call may end with "stop"; for other dialects the calls are what counts.
      const bool stopped_for_tools = choice.finish == AIP_FINISH_STOP && choice.tools.any();
      push(i, event::finish(stopped_for_tools ? AIP_FINISH_TOOLS : choice.finish, choice.reason));
    }
  }

  void push(std::uint32_t index, aip_event e) { events_.push_back(event::with_choice(e, index)); }
  const std::string& made(std::string text) { return made_.emplace_back(std::move(text)); }

  std::uint64_t seed_;
  Progress progress_;
  std::deque<Choice> choices_;
  std::deque<std::string> made_;  // strings of this call's events
  sdk::Usage usage_;
  bool started_ = false;
  bool usage_only_ = false;
  bool is_answer_ = false;
};

}  // namespace

std::unique_ptr<AnswerReader> make_reader(std::string_view seed) {
  return std::make_unique<Reader>(seed);
}

}  // namespace aip::openai
