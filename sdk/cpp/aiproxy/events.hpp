// events.hpp - the chat events of docs/canonical-chat.md, one function each.
//
//     stream.emit(event::text("Hello"));
//     stream.emit(event::escaped(event::text(delta["content"].escaped())));
//     stream.emit({event::usage(counts), event::finish(AIP_FINISH_STOP, "stop")});
//
// Strings are borrowed: they must live until emit() returns. `choice` is 0 unless with_choice()
// says more.
#pragma once

#include <aiproxy/abi.h>
#include <aiproxy/text.hpp>

#include <array>
#include <cstddef>
#include <string_view>

namespace aip::sdk {

// Counts of a USAGE event; setting a kind again replaces its count.
class Usage {
 public:
  Usage& set(std::uint32_t kind, std::uint64_t count) noexcept {
    for (std::size_t i = 0; i < size_; ++i) {
      if (items_[i].kind == kind) return items_[i].count = count, *this;
    }
    if (size_ < items_.size()) items_[size_++] = {kind, 0, count};
    return *this;
  }
  [[nodiscard]] const aip_usage* data() const noexcept { return items_.data(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  std::array<aip_usage, 16> items_{};
  std::size_t size_ = 0;
};

namespace event {

inline aip_event make(std::uint16_t type) noexcept {
  aip_event e{};
  e.struct_size = sizeof e;
  e.type = type;
  return e;
}
inline aip_event make_text(std::uint16_t type, std::string_view text) noexcept {
  aip_event e = make(type);
  e.text = span(text);
  return e;
}
inline aip_event make_json(std::uint16_t type, std::string_view json) noexcept {
  aip_event e = make(type);
  e.json = span(json);
  return e;
}

// Says that the event's text is the inside of a valid JSON string, escapes kept.
inline aip_event escaped(aip_event e) noexcept {
  e.flags |= AIP_EVF_ESCAPED;
  return e;
}
inline aip_event with_choice(aip_event e, std::uint32_t choice) noexcept {
  e.choice = choice;
  return e;
}

inline aip_event start(std::string_view id, std::string_view model,
                       std::uint64_t created_s = 0) noexcept {
  aip_event e = make(AIP_EV_START);
  e.id = span(id);
  e.name = span(model);
  e.number = created_s;
  return e;
}
inline aip_event text(std::string_view text) noexcept {
  return make_text(AIP_EV_TEXT, text);
}
inline aip_event reasoning(std::string_view text) noexcept {
  return make_text(AIP_EV_REASONING, text);
}
inline aip_event refusal(std::string_view text) noexcept {
  return make_text(AIP_EV_REFUSAL, text);
}
inline aip_event tool_begin(std::uint32_t block, std::string_view id,
                            std::string_view name) noexcept {
  aip_event e = make(AIP_EV_TOOL_BEGIN);
  e.block = block;
  e.id = span(id);
  e.name = span(name);
  return e;
}
inline aip_event tool_args(std::uint32_t block, std::string_view fragment) noexcept {
  aip_event e = make_text(AIP_EV_TOOL_ARGS, fragment);
  e.block = block;
  return e;
}
inline aip_event block_end(std::uint32_t block) noexcept {
  aip_event e = make(AIP_EV_BLOCK_END);
  e.block = block;
  return e;
}
inline aip_event signature(std::string_view text) noexcept {
  return make_text(AIP_EV_SIGNATURE, text);
}
inline aip_event redacted(std::string_view data) noexcept {
  aip_event e = make_text(AIP_EV_SIGNATURE, data);
  e.flags = AIP_EVF_REDACTED;
  return e;
}
inline aip_event citation(std::string_view json) noexcept {
  return make_json(AIP_EV_CITATION, json);
}
inline aip_event image(std::string_view json) noexcept {
  return make_json(AIP_EV_IMAGE, json);
}
inline aip_event audio(std::string_view json) noexcept {
  return make_json(AIP_EV_AUDIO, json);
}
inline aip_event logprobs(std::string_view json) noexcept {
  return make_json(AIP_EV_LOGPROBS, json);
}
inline aip_event provider(std::string_view name, std::string_view json) noexcept {
  aip_event e = make_json(AIP_EV_PROVIDER, json);
  e.name = span(name);
  return e;
}
inline aip_event usage(const Usage& counts) noexcept {
  aip_event e = make(AIP_EV_USAGE);
  e.usage = counts.data();
  e.usage_count = static_cast<std::uint32_t>(counts.size());
  return e;
}
inline aip_event finish(std::uint32_t why, std::string_view upstream_reason = {},
                        std::string_view stop_sequence = {}) noexcept {
  aip_event e = make_text(AIP_EV_FINISH, stop_sequence);
  e.finish = why;
  e.name = span(upstream_reason);
  return e;
}
inline aip_event ping() noexcept {
  return make(AIP_EV_PING);
}

}  // namespace event
}  // namespace aip::sdk
