#include "response.h"

#include <algorithm>

#include "citations.h"
#include "errors.h"
#include "finish.h"

namespace aip::gemini {
namespace {

namespace event = sdk::event;

bool is_of_type(json::Value mime_type, std::string_view family) noexcept {
  return mime_type.escaped().substr(0, family.size()) == family;
}

// Without the blanks between its tokens: Gemini prints its answers on many lines.
std::string compact(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string && c == '\\' && i + 1 < json.size()) {
      out.push_back(c);
      out.push_back(json[++i]);
      continue;
    }
    if (c == '"') in_string = !in_string;
    if (in_string || !json::detail::is_space(c)) out.push_back(c);
  }
  return out;
}

}  // namespace

// ---- bookkeeping -------------------------------------------------------------------------------

void AnswerReader::clear() {
  events_.clear();
  scratch_.clear();
}

std::string_view AnswerReader::keep(std::string text) {
  return scratch_.emplace_back(std::move(text));
}

// Names and ids cross as plain text. They hold no escapes as a rule, and are then not copied.
std::string_view AnswerReader::plain(json::Value string) {
  if (string.escaped().find('\\') == std::string_view::npos) return string.escaped();
  return keep(string.str());
}

AnswerReader::Choice& AnswerReader::choice_of(json::Value index) {
  const std::int64_t wanted = index.integer().value_or(0);
  const auto at = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(wanted, 0, static_cast<std::int64_t>(kChoicesMax) - 1));
  while (choices_.size() <= at) {
    choices_.emplace_back();
    choices_.back().index = static_cast<std::uint32_t>(choices_.size() - 1);
  }
  choices_[at].begun = true;
  return choices_[at];
}

void AnswerReader::start() {
  if (started_) return;
  started_ = true;
  events_.push_back(event::start(id_, model_));
  if (!how_.provider_block.empty()) {
    events_.push_back(event::provider("gemini", how_.provider_block));
  }
}

void AnswerReader::add(aip_event event, const Choice& choice) {
  start();
  events_.push_back(event::with_choice(event, choice.index));
}

// Counts before the first word wait for it: they alone are no sign of an answer.
void AnswerReader::tell_usage() {
  if (!usage_waits_ || !started_) return;
  usage_waits_ = false;
  usage_ = counts_.as_usage();
  events_.push_back(event::usage(usage_));
}

// ---- a chunk -----------------------------------------------------------------------------------

MaybeFailure AnswerReader::chunk(json::Value response) {
  clear();
  json::Value candidates, feedback;
  for (const json::Value::Member& m : response.members()) {
    const json::Value value = m.value();
    if (m.named("error")) return failure_of_event(response);
    if (m.named("candidates")) candidates = value;
    if (m.named("promptFeedback")) feedback = value;
    if (m.named("responseId") && id_.empty()) id_ = value.str();
    if (m.named("modelVersion") && model_.empty()) model_ = value.str();
    if (m.named("usageMetadata")) {
      any_answer_ = true;
      counts_.learn(value);
      usage_waits_ = counts_.known();
    }
  }
  for (const json::Value value : candidates.items()) {
    any_answer_ = true;
    if (MaybeFailure failure = candidate(value)) return failure;
  }
  if (const json::Value why = feedback["blockReason"]; why) {
    any_answer_ = true;
    blocked_ = why.is_string() ? why.str() : std::string(why.raw());
  }
  tell_usage();
  return std::nullopt;
}

MaybeFailure AnswerReader::candidate(json::Value value) {
  Choice& choice = choice_of(value["index"]);
  if (std::string logprobs = logprobs_of(value["logprobsResult"]); !logprobs.empty()) {
    add(event::logprobs(keep(std::move(logprobs))), choice);
  }
  const json::Value parts = value["content"]["parts"];
  for (const json::Value one : parts.items()) part(one, choice);
  sources(value, choice);
  std::string reason = reason_named(value["finishReason"]);
  if (reason.empty()) return std::nullopt;
  choice.reason = std::move(reason);
  end_partial(choice);
  if (how_.native || choice.has_content || end_of(choice.reason) != End::Broken) {
    return std::nullopt;
  }
  sdk::Failure failure(AIP_E_UPSTREAM, value["finishMessage"].str());
  if (failure.message.empty()) failure.message = "The model wrote no valid function call.";
  failure.type = choice.reason;
  failure.http_status = 502;
  failure.flags = AIP_ERR_BAD_ANSWER | AIP_ERR_RETRYABLE;
  return failure;
}

void AnswerReader::part(json::Value part, Choice& choice) {
  json::Value body, signature, call, data, code, result, file;
  for (const json::Value::Member& m : part.members()) {
    if (m.named("text")) body = m.value();
    if (m.named("thoughtSignature")) signature = m.value();
    if (m.named("functionCall")) call = m.value();
    if (m.named("inlineData")) data = m.value();
    if (m.named("fileData")) file = m.value();
    if (m.named("executableCode")) code = m.value();
    if (m.named("codeExecutionResult")) result = m.value();
  }
  if (call.is_object()) {
    function_call(call, signature, choice);
    return;
  }
  end_partial(choice);
  if (data.is_object()) inline_data(data, choice);
  if (file["fileUri"].is_string() && is_of_type(file["mimeType"], "image/")) {
    add(event::image(keep(R"({"url":)" + std::string(file["fileUri"].raw()) + "}")), choice);
    choice.has_content = true;
  }
  if (code["code"].is_string()) {
    std::string language = code["language"].str();
    for (char& c : language) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    say("\n```" + language + "\n" + code["code"].str() + "\n```\n", choice);
  }
  if (!result["output"].escaped().empty()) {
    say("\n```\n" + result["output"].str() + "\n```\n", choice);
  }
  text(part, signature, choice);
}

void AnswerReader::text(json::Value part, json::Value signature, Choice& choice) {
  const std::string_view escaped = part["text"].escaped();
  const bool thought = part["thought"].is_true();
  if (!escaped.empty()) {
    add(event::escaped(thought ? event::reasoning(escaped) : event::text(escaped)), choice);
    choice.has_content = true;
    if (how_.grounded && !thought && choice.text.size() < kTextBytesMax) {
      json::unescape(escaped, choice.text);
    }
  }
  if (thought || signature.escaped().empty() || !part["text"].is_string()) return;
  const SignedPart kind = escaped.empty() ? SignedPart::Empty : SignedPart::Text;
  add(event::redacted(keep(text_signature(kind, plain(signature)))), choice);
}

void AnswerReader::say(std::string words, Choice& choice) {
  if (how_.grounded && choice.text.size() < kTextBytesMax) choice.text.append(words);
  add(event::text(keep(std::move(words))), choice);
  choice.has_content = true;
}

void AnswerReader::inline_data(json::Value data, Choice& choice) {
  if (!data["data"].is_string()) return;
  const bool sound = is_of_type(data["mimeType"], "audio/");
  std::string made;
  json::Writer json(made);
  json.object();
  if (sound) {
    json.member("id", "audio_" + std::to_string(choice.index)).key("data").raw(data["data"].raw());
    json.member("transcript", "");
  } else {
    json.key("mime_type");
    json.raw(data["mimeType"].is_string() ? data["mimeType"].raw() : R"("image/png")");
    json.member_raw("data", data["data"].raw());
  }
  json.end_object();
  const std::string_view kept = keep(std::move(made));
  add(sound ? event::audio(kept) : event::image(kept), choice);
  choice.has_content = true;
}

void AnswerReader::sources(json::Value candidate, Choice& choice) {
  const json::Value queries = candidate["groundingMetadata"]["webSearchQueries"];
  if (queries.size() != 0) {
    counts_.learn_searches(queries.size());
    usage_waits_ = counts_.known();
  }
  for (std::string& annotation : annotations_of(candidate, choice.text)) {
    if (choice.cited.size() >= kCitationsMax) return;
    const auto [told, is_new] = choice.cited.insert(std::move(annotation));
    if (is_new) add(event::citation(*told), choice);
  }
}

// ---- function calls ----------------------------------------------------------------------------

void AnswerReader::begin_tool(json::Value call, json::Value signature, Choice& choice) {
  std::string id = call["id"].str();
  if (id.empty()) {
    id = made_tool_id(how_.seed + "|" + id_ + "|" + std::to_string(choice.index) + "|" +
                      std::to_string(choice.tools));
  }
  if (how_.signature_in_ids) id = with_signature(std::move(id), signature.str());
  add(event::tool_begin(choice.tools, keep(std::move(id)), plain(call["name"])), choice);
  ++choice.tools;
  choice.has_content = true;
}

void AnswerReader::function_call(json::Value call, json::Value signature, Choice& choice) {
  const bool pieces = call["willContinue"].is_true() || call["partialArgs"].is_array();
  if (pieces || (choice.partial && !call["name"])) {
    partial_call(call, signature, choice);
    return;
  }
  end_partial(choice);
  begin_tool(call, signature, choice);
  const json::Value args = call["args"];
  const std::uint32_t block = choice.tools - 1;
  add(event::tool_args(block, args.size() != 0 ? keep(compact(args.raw())) : "{}"), choice);
  add(event::block_end(block), choice);
}

// {name, willContinue} begins a call, {partialArgs} goes on, {} ends it.
void AnswerReader::partial_call(json::Value call, json::Value signature, Choice& choice) {
  if (call["name"].is_string() || !choice.partial) {
    end_partial(choice);
    begin_tool(call, signature, choice);
    choice.partial.emplace();
  }
  const json::Value pieces = call["partialArgs"];
  for (const json::Value piece : pieces.items()) choice.partial->add(piece);
  if (!call["willContinue"].is_true()) end_partial(choice);
}

void AnswerReader::end_partial(Choice& choice) {
  if (!choice.partial) return;
  const std::uint32_t block = choice.tools - 1;
  add(event::tool_args(block, keep(choice.partial->json())), choice);
  add(event::block_end(block), choice);
  choice.partial.reset();
}

// ---- the end -----------------------------------------------------------------------------------

bool AnswerReader::complete() const noexcept {
  if (choices_.empty()) return !blocked_.empty();
  return std::all_of(choices_.begin(), choices_.end(),
                     [](const Choice& c) { return !c.begun || !c.reason.empty(); });
}

void AnswerReader::assume_finished() {
  if (!any_answer_ || !blocked_.empty()) return;
  if (choices_.empty()) static_cast<void>(choice_of({}));
  for (Choice& choice : choices_) {
    if (choice.begun && choice.reason.empty()) choice.reason = "STOP";
  }
}

MaybeFailure AnswerReader::end() {
  clear();
  if (!complete()) return truncated("The provider's answer ended without a finish reason.");
  start();
  tell_usage();
  if (choices_.empty()) {
    const std::string_view why = blocked_;
    events_.push_back(event::finish(AIP_FINISH_FILTER, why));
    return std::nullopt;
  }
  for (Choice& choice : choices_) {
    if (!choice.begun) continue;
    end_partial(choice);
    std::uint32_t finish = choice.tools > 0 ? AIP_FINISH_TOOLS : AIP_FINISH_STOP;
    const End end = end_of(choice.reason);
    if (end == End::Length) finish = AIP_FINISH_LENGTH;
    if (end == End::Filter) finish = AIP_FINISH_FILTER;
    add(event::finish(finish, choice.reason), choice);
  }
  return std::nullopt;
}

}  // namespace aip::gemini
