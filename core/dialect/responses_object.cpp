#include "core/dialect/responses_object.h"

#include <algorithm>

#include "core/dialect/escape.h"

namespace aip::dialect {
namespace {

// "chatcmpl-abc" and "msg_abc" are other dialects' names for abc.
std::string_view without_kind(std::string_view id) noexcept {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto end = std::find_if_not(id.begin(), id.end(), is_letter);
  const auto letters = static_cast<std::size_t>(end - id.begin());
  if (letters == 0 || letters + 1 >= id.size() || (*end != '-' && *end != '_')) return id;
  return id.substr(letters + 1);
}

std::string_view word_of(ResponseStatus status) noexcept {
  switch (status) {
    case ResponseStatus::InProgress:
      return "in_progress";
    case ResponseStatus::Completed:
      return "completed";
    case ResponseStatus::Incomplete:
      return "incomplete";
    case ResponseStatus::Failed:
      return "failed";
  }
  return "failed";
}

}  // namespace

ResponseObject::ResponseObject(const AnswerOptions& options)
    : model_(options.model), created_s_(options.created_s), echo_(options.echo) {
  append_escaped(without_kind(options.id), tail_);
}

void ResponseObject::learn(const aip_event& start) {
  if (start.id.len != 0) {
    tail_.clear();
    append_escaped(without_kind(view_of(start.id)), tail_);
  }
  if (start.name.len != 0) model_ = view_of(start.name);
  if (start.number != 0) created_s_ = start.number;
}

bool ResponseObject::take(const aip_event& event) {
  switch (event.type) {
    case AIP_EV_START:
      if (!started_) learn(event);
      break;
    case AIP_EV_USAGE:
      usage_.set(event);
      return true;
    case AIP_EV_PROVIDER:
      blocks_.set(event);
      return true;
    case AIP_EV_PING:
      return true;
    default:
      started_ = true;
      return false;
  }
  started_ = true;
  return true;
}

ResponseStatus ResponseObject::status_of(std::uint32_t finish) noexcept {
  const bool cut = finish == AIP_FINISH_LENGTH || finish == AIP_FINISH_FILTER;
  return cut ? ResponseStatus::Incomplete : ResponseStatus::Completed;
}

void ResponseObject::append_json(ResponseStatus status, const ResponsesOutput& output,
                                 const ErrorReply* failure, std::string& out) const {
  out.append("{\"id\":\"resp_").append(tail_).append(R"(","object":"response","created_at":)");
  append_number(created_s_, out);
  out.append(",\"status\":\"").append(word_of(status)).append("\",\"error\":");
  if (failure == nullptr) {
    out.append("null");
  } else {
    out.append("{\"code\":");
    append_string(failure->code.empty() ? std::string_view("server_error") : failure->code, out);
    out.append(",\"message\":");
    append_string(failure->message, out);
    out.append("}");
  }
  out.append(",\"incomplete_details\":");
  if (status == ResponseStatus::Incomplete) {
    const bool length = output.finish() == AIP_FINISH_LENGTH;
    out.append("{\"reason\":\"").append(length ? "max_output_tokens" : "content_filter");
    out.append("\"}");
  } else {
    out.append("null");
  }
  out.append(",\"model\":");
  append_string(model_, out);
  out.append(",\"output\":");
  output.append_json(out);
  if (!echo_.empty()) out.append(",").append(echo_);
  out.append(",\"usage\":");
  if (usage_.known() && status != ResponseStatus::InProgress) {
    usage_.append_responses_json(out);
  } else {
    out.append("null");
  }
  if (status != ResponseStatus::InProgress) blocks_.append_members(out);
  out.push_back('}');
}

}  // namespace aip::dialect
