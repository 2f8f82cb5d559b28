#include "core/main/demo.h"

#include <cinttypes>
#include <cstdio>

namespace aip::main {

Demo::Demo(Scheduler& scheduler, upstream::Dialer& dialer, std::uint16_t port,
           std::string look_inside, std::function<void()> done)
    : port_(port), look_inside_(std::move(look_inside)), done_(std::move(done)) {
  Question question;
  question.base_url = "http://127.0.0.1:" + std::to_string(port);
  question.model = "mock";
  question.text = "Say hello to somebody who has just started an AI gateway.";
  std::fprintf(stderr, "you:  %s\nmock: ", question.text.c_str());
  client_ = std::make_unique<ChatClient>(scheduler, dialer, question, stdout, stderr,
                                         [this] { answered(); });
}

void Demo::answered() {
  ok_ = client_->ok();
  if (ok_) {
    std::fprintf(stderr, "\nfirst token after %.1f ms\n",
                 static_cast<double>(client_->first_token_ns()) / 1e6);
  }
  const unsigned port = port_;
  std::fprintf(
      stderr,
      "\nPoint your tools here (any key will do on this machine):\n"
      "  export OPENAI_BASE_URL=http://127.0.0.1:%u/v1 OPENAI_API_KEY=aiproxy\n"
      "  export ANTHROPIC_BASE_URL=http://127.0.0.1:%u ANTHROPIC_API_KEY=aiproxy\n"
      "  export GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:%u GEMINI_API_KEY=aiproxy\n"
      "  curl -N http://127.0.0.1:%u/v1/chat/completions -H 'content-type: application/json' \\\n"
      "    -d "
      "'{\"model\":\"mock\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hello!"
      "\"}]}'\n",
      port, port, port, port);
  if (!look_inside_.empty()) {
    std::fprintf(stderr, "Look inside:\n  %s\n", look_inside_.c_str());
  }
  done_();
}

}  // namespace aip::main
