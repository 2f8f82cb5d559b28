#include "tests/support/golden.h"

#include <aiproxy/json.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "core/base/json.h"
#include "tests/support/client_bytes.h"
#include "tests/support/plugin_runner.h"

namespace aip::test {
namespace {

namespace fs = std::filesystem;
using json::Value;

[[noreturn]] void give_up(const std::string& path, const std::string& words) {
  std::fprintf(stderr, "%s: %s\n", path.c_str(), words.c_str());
  std::abort();
}

// ---- the file ----------------------------------------------------------------------------------

struct Section {
  std::string name;
  std::string before;   // the heading and the text up to the block
  std::string info;     // behind the opening fence
  std::string content;  // between the fences
  bool has_block = false;
};

struct File {
  std::string preface;  // before the first section
  std::vector<Section> sections;

  [[nodiscard]] std::vector<const Section*> all(std::string_view name) const {
    std::vector<const Section*> out;
    for (const Section& s : sections) {
      if (s.name == name) out.push_back(&s);
    }
    return out;
  }
  Section& at(std::string_view name) {
    for (Section& s : sections) {
      if (s.name == name) return s;
    }
    Section made;
    made.name = name;
    made.before = "## " + std::string(name) + "\n\n";
    sections.push_back(std::move(made));
    return sections.back();
  }
};

constexpr std::string_view kFence = "````";

File read_golden(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) give_up(path, "cannot be read");
  File file;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    Section* section = file.sections.empty() ? nullptr : &file.sections.back();
    if (inside) {
      if (line == kFence) {
        inside = false;
      } else {
        section->content += line + "\n";
      }
    } else if (line.rfind("## ", 0) == 0) {
      file.sections.emplace_back();
      file.sections.back().name = line.substr(3);
      file.sections.back().before = line + "\n";
    } else if (section != nullptr && !section->has_block && line.rfind(kFence, 0) == 0) {
      inside = true;
      section->has_block = true;
      section->info = line.substr(kFence.size());
    } else if (section == nullptr) {
      file.preface += line + "\n";
    } else if (!section->has_block) {
      section->before += line + "\n";
    }
  }
  return file;
}

void write_golden(const std::string& path, const File& file) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << file.preface;
  bool first = true;
  for (const Section& s : file.sections) {
    if (!first) out << "\n";
    first = false;
    out << s.before << kFence << s.info << "\n" << s.content << kFence << "\n";
  }
}

// ---- the script --------------------------------------------------------------------------------

struct Answer {
  int status = 200;
  HeaderList headers;
  std::string body;
  bool cut = false;
};

struct Script {
  std::string plugin, section = "{}";
  PluginAsk ask;
  std::map<std::string, std::string> capabilities;
  bool drop_unsupported = false;
  bool random_ids = false;
  std::vector<Answer> answers;
};

bool has_word(const std::string& words, std::string_view word) {
  std::istringstream in(words);
  for (std::string one; in >> one;) {
    if (one == word) return true;
  }
  return false;
}

std::uint16_t dialect_of(const std::string& name) {
  if (name == "anthropic") return AIP_DIALECT_ANTHROPIC;
  if (name == "gemini") return AIP_DIALECT_GEMINI;
  if (name == "openai-responses") return AIP_DIALECT_OPENAI_RESPONSES;
  return AIP_DIALECT_OPENAI_CHAT;
}

std::uint16_t operation_of(const std::string& name) {
  if (name == "embeddings") return AIP_OP_EMBEDDINGS;
  if (name == "count_tokens") return AIP_OP_COUNT_TOKENS;
  if (name == "models") return AIP_OP_MODELS;
  if (name == "forward") return AIP_OP_FORWARD;
  if (name == "route") return AIP_OP_ROUTE;
  return AIP_OP_CHAT;
}

HeaderList headers_of(Value object) {
  HeaderList out;
  for (const Value::Member& m : object.members()) out.emplace_back(m.key(), m.value().str());
  return out;
}

std::string with_crlf(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out.push_back('\r');
    out.push_back(c);
  }
  return out;
}

// SignalR's records, a line each.
std::string as_records(std::string text) {
  std::replace(text.begin(), text.end(), '\n', '\x1e');
  return text;
}

std::string without_last_line_end(std::string text) {
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

void read_ask(Value setup, PluginAsk& ask) {
  const std::string flags = setup["flags"].str();
  ask.flags = 0;
  if (has_word(flags, "native")) ask.flags |= AIP_REQ_NATIVE;
  if (has_word(flags, "stream")) ask.flags |= AIP_REQ_STREAM;
  if (has_word(flags, "need_usage")) ask.flags |= AIP_REQ_NEED_USAGE;
  if (has_word(flags, "include_usage")) ask.flags |= AIP_REQ_INCLUDE_USAGE;
  ask.dialect = dialect_of(setup["dialect"].str());
  ask.operation = operation_of(setup["operation"].str());
  ask.headers = headers_of(setup["headers"]);
  ask.model = setup["model"].str();
  ask.query = setup["query"].str();
  if (const Value method = setup["method"]) ask.method = method.str();
  if (const Value path = setup["path"]) ask.path = path.str();
  if (const Value secret = setup["secret"]) ask.secret = secret.str();
  if (const Value kind = setup["credential_kind"]) ask.credential_kind = kind.str();
  if (const Value extra = setup["credential_extra"]) ask.credential_extra = extra.raw();
  if (setup["client_credential"].is_true()) ask.credential_flags = AIP_CRED_CLIENT;
}

std::vector<Answer> read_answers(Value list, const std::vector<const Section*>& bodies) {
  std::vector<Answer> out;
  std::vector<Value> described;
  for (const Value one : list.items()) described.push_back(one);
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    const Value told = i < described.size() ? described[i] : Value();
    Answer answer;
    answer.status = static_cast<int>(told["status"].integer().value_or(200));
    answer.headers = headers_of(told["headers"]);
    answer.cut = told["ends"].equals("cut");
    answer.body = bodies[i]->content;
    // A body that is not a stream has no line end of its own behind it.
    if (bodies[i]->info == "json") answer.body = without_last_line_end(answer.body);
    if (bodies[i]->info == "records") answer.body = as_records(answer.body);
    if (told["line_ends"].equals("crlf")) answer.body = with_crlf(answer.body);
    out.push_back(std::move(answer));
  }
  return out;
}

Script read_script(const std::string& path, const File& file) {
  const auto setups = file.all("setup");
  if (setups.size() != 1) give_up(path, "needs one section \"setup\"");
  if (!json::check(setups[0]->content)) give_up(path, "setup is not JSON");
  const Value setup(setups[0]->content);
  Script script;
  script.plugin = setup["plugin"].str();
  if (const Value section = setup["section"]) script.section = section.raw();
  script.drop_unsupported = setup["drop_unsupported"].is_true();
  script.random_ids = setup["random_ids"].is_true();
  for (const Value::Member& m : setup["capabilities"].members()) {
    script.capabilities[m.key()] = std::string(m.value().raw());
  }
  read_ask(setup, script.ask);
  const auto requests = file.all("request");
  if (!requests.empty()) script.ask.body = without_last_line_end(requests[0]->content);
  script.answers = read_answers(setup["answers"], file.all("upstream"));
  return script;
}

// ---- one run -----------------------------------------------------------------------------------

struct Seen {
  std::string calls, events, client, result;
  friend bool operator==(const Seen&, const Seen&) = default;
};

// A message whose records end with 0x1e, which no editor shows.
std::string as_line(std::string message) {
  for (std::size_t at; (at = message.find('\x1e')) != std::string::npos;) {
    message.replace(at, 1, "<1e>");
  }
  return message;
}

// Ids that a plugin draws at random differ in every run.
std::string without_random(const std::string& text) {
  static const std::regex kUuid(
      "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  static const std::regex kHex("[0-9a-f]{32}");
  return std::regex_replace(std::regex_replace(text, kUuid, "<uuid>"), kHex, "<hex>");
}

std::string tell_calls(const PluginRun& run) {
  std::string out;
  for (const StartedCall& call : run.calls()) {
    if (!out.empty()) out += "\n";
    out += call.method + " " + call.url + "\n";
    for (const auto& [name, value] : call.headers) out += name + ": " + value + "\n";
    if (!call.body.empty()) out += "\n" + call.body + "\n";
    for (const std::string& message : call.sent) out += "sent: " + as_line(message) + "\n";
  }
  for (const std::string& asked : run.unsupported()) out += "asked: " + asked + "\n";
  return out;
}

std::string tell_result(const PluginRun& run) {
  std::ostringstream out;
  if (run.failed_callback() != 0) out << "callback failed: " << run.failed_callback() << "\n";
  if (run.respond_status() != 0) {
    out << "respond " << run.respond_status() << "\n";
    for (const auto& [name, value] : run.respond_headers()) out << name << ": " << value << "\n";
  }
  if (!run.error()) {
    out << (run.finished() ? "finished\n" : "not finished\n");
    return out.str();
  }
  static constexpr std::string_view kFlags[] = {
      "retryable",      "rate",       "auth",      "quota",      "permission", "context_length",
      "content_filter", "overloaded", "truncated", "bad_answer", "unsupported"};
  const plugin::PluginError& e = *run.error();
  out << "failed: code " << e.code << ", status " << e.http_status << ", flags";
  for (std::size_t i = 0; i < std::size(kFlags); ++i) {
    if ((e.flags >> i & 1) != 0) out << " " << kFlags[i];
  }
  out << "\nretry after: " << e.retry_after_ms << " ms\ntype: " << e.type
      << "\nreason: " << e.reason << "\nparam: " << e.param << "\nmessage: " << e.message << "\n";
  return out.str();
}

// How an answer's bytes are cut: `step` 0: whole; else every `step` bytes; `at`: once, at that
// place.
struct Cutting {
  std::size_t step = 0;
  std::size_t at = 0;
};

Seen run_once(PluginUnderTest& plugin, const Script& script, Cutting cutting) {
  PluginRun run(plugin);
  run.capabilities = script.capabilities;
  run.drop_unsupported = script.drop_unsupported;
  const bool begun = run.begin(script.ask);
  for (std::size_t i = 0; begun && i < script.answers.size(); ++i) {
    if (i == run.calls().size()) run.run_timers(1);  // the plugin may wait before it asks again
    if (i >= run.calls().size()) break;
    const Answer& a = script.answers[i];
    Cuts cuts = cutting.step != 0 ? cut_every(cutting.step, a.body.size()) : Cuts{};
    if (cutting.at != 0) cuts = {cutting.at};
    run.head(i, a.status, a.headers);
    std::size_t at = 0;
    for (const std::size_t cut : cuts) {
      if (cut >= a.body.size()) break;
      run.bytes(i, std::string_view(a.body).substr(at, cut - at));
      at = cut;
    }
    run.bytes(i, std::string_view(a.body).substr(at));
    if (a.cut) {
      run.fail(i, AIP_E_UPSTREAM, "the connection broke");
    } else {
      run.end_of(i);
    }
  }
  dialect::AnswerOptions options;
  options.stream = (script.ask.flags & AIP_REQ_STREAM) != 0;
  options.include_usage = (script.ask.flags & AIP_REQ_INCLUDE_USAGE) != 0;
  const bool sse = script.ask.query.find("alt=sse") != std::string::npos;
  if (script.ask.dialect == AIP_DIALECT_GEMINI && !sse) options.framing = dialect::Framing::Array;
  options.model = "the-asked-model";
  options.id = "chatcmpl-gateway";
  options.created_s = 1700000000;
  Seen seen;
  seen.calls = tell_calls(run);
  seen.events = run.lines();
  seen.result = tell_result(run);
  seen.client = script.ask.operation == AIP_OP_CHAT
                    ? client_bytes(run, static_cast<dialect::Kind>(script.ask.dialect), options)
                    : run.raw();
  if (!seen.client.empty() && seen.client.back() != '\n') seen.client += "\n";
  run.end();
  if (script.random_ids) {
    for (std::string* part : {&seen.calls, &seen.events, &seen.client}) {
      *part = without_random(*part);
    }
  }
  return seen;
}

std::size_t longest(const Script& script) {
  std::size_t size = 0;
  for (const Answer& a : script.answers) size = std::max(size, a.body.size());
  return size;
}

void compare(const std::string& what, const std::string& expected, const std::string& seen,
             std::vector<std::string>& differences) {
  if (expected == seen) return;
  differences.push_back(what + " differs\n--- expected\n" + expected + "--- seen\n" + seen);
}

}  // namespace

std::vector<std::string> golden_files(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".md" && entry.path().stem() != "README") {
      out.push_back(entry.path().string());
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

GoldenResult run_golden(const std::string& path) {
  File file = read_golden(path);
  const Script script = read_script(path, file);
  PluginUnderTest plugin(script.plugin, script.section);

  GoldenResult result;
  const Seen whole = run_once(plugin, script, {});
  std::vector<Cutting> cuttings{{1, 0}, {7, 0}};
  for (std::size_t at = 1; at < longest(script); ++at) cuttings.push_back({0, at});
  for (const Cutting& cutting : cuttings) {
    if (run_once(plugin, script, cutting) == whole) continue;
    result.differences.push_back("cut every " + std::to_string(cutting.step) + ", at " +
                                 std::to_string(cutting.at) + ": not as whole");
    break;
  }
  result.runs = cuttings.size() + 1;

  const char* mode = std::getenv("AIPROXY_GOLDEN");
  result.updated = mode != nullptr && std::string_view(mode) == "update";
  for (const auto& [name, seen] : {std::pair<std::string, std::string>{"calls", whole.calls},
                                   {"events", whole.events},
                                   {"client", whole.client},
                                   {"result", whole.result}}) {
    Section& section = file.at(name);
    if (!result.updated) compare(name, section.content, seen, result.differences);
    section.content = seen;
  }
  if (result.updated) write_golden(path, file);
  return result;
}

}  // namespace aip::test
