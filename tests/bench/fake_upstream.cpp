// fake_upstream.cpp - a provider far faster than any proxy: canned answers over raw epoll.
//
//   bench_upstream PORT
//
// The path chooses the dialect (/v1/messages: Anthropic's, else OpenAI's chat), the model's name in
// the body chooses the shape:
//   anything              one JSON answer of about 1 KB
//   bench-burst           100 events of about 220 bytes in one write
//   bench-paced-COUNT-MS  COUNT events, MS milliseconds apart, each with the time of its sending
#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include "epoll_loop.h"

namespace {

using bench::now_ns;

struct Conn {
  int fd = -1;
  std::string in, out;
  bool anthropic = false;
  int left = 0;  // paced events to send
  std::uint64_t step_ns = 0;
  std::uint32_t serial = 0;
};

constexpr char kFill[] =
    "the quick brown fox jumps over the lazy dog and some more words to fill a usual event ";

std::string openai_event(std::string_view content) {
  return "data: {\"id\":\"chatcmpl-bench0001\",\"object\":\"chat.completion.chunk\",\"created\":"
         "1700000000,\"model\":\"bench\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" +
         std::string(content) + "\"},\"finish_reason\":null}]}\n\n";
}
std::string anthropic_event(std::string_view content) {
  return "event: content_block_delta\ndata: "
         "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{"
         "\"type\":\"text_delta\",\"text\":\"" +
         std::string(content) + "\"}}\n\n";
}
std::string opening(bool anthropic) {
  if (!anthropic) {
    return "data: {\"id\":\"chatcmpl-bench0001\",\"object\":\"chat.completion.chunk\",\"created\":"
           "1700000000,\"model\":\"bench\",\"choices\":[{\"index\":0,\"delta\":{\"role\":"
           "\"assistant\","
           "\"content\":\"\"},\"finish_reason\":null}]}\n\n";
  }
  return "event: message_start\ndata: "
         "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_bench\",\"type\":"
         "\"message\",\"role\":\"assistant\",\"model\":\"bench\",\"content\":[],\"stop_reason\":"
         "null,"
         "\"stop_sequence\":null,\"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}\n\nevent: "
         "content_block_start\ndata: "
         "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{"
         "\"type\":\"text\",\"text\":\"\"}}\n\n";
}
std::string closing(bool anthropic) {
  if (!anthropic) {
    return "data: {\"id\":\"chatcmpl-bench0001\",\"object\":\"chat.completion.chunk\",\"created\":"
           "1700000000,\"model\":\"bench\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_"
           "reason\":\"stop\"}"
           "]}\n\ndata: [DONE]\n\n";
  }
  return "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\nevent: "
         "message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\","
         "\"stop_sequence\":null},\"usage\":{\"output_tokens\":15}}\n\nevent: message_stop\ndata: "
         "{\"type\":\"message_stop\"}\n\n";
}

std::string chunk(std::string_view body) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", body.size());
  return size + std::string(body) + "\r\n";
}
constexpr char kStreamHead[] =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

std::string whole_answer(bool anthropic) {
  std::string text;
  for (int i = 0; i < 8; ++i) text += kFill;
  const std::string body = anthropic ? "{\"id\":\"msg_bench\",\"type\":\"message\",\"role\":"
                                       "\"assistant\",\"model\":\"bench\",\"content\":[{"
                                       "\"type\":\"text\",\"text\":\"" +
                                           text +
                                           "\"}],\"stop_reason\":\"end_turn\",\"stop_sequence\":"
                                           "null,\"usage\":{\"input_tokens\":25,"
                                           "\"output_tokens\":150}}"
                                     : "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion\","
                                       "\"created\":1700000000,\"model\":"
                                       "\"bench\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
                                       "\"assistant\",\"content\":\"" +
                                           text +
                                           "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_"
                                           "tokens\":25,\"completion_tokens\":150,"
                                           "\"total_tokens\":175}}";
  return "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

class Upstream {
 public:
  explicit Upstream(int port) {
    listener_ = bench::tcp_socket();
    const sockaddr_in a = bench::loopback(port);
    if (bind(listener_, reinterpret_cast<const sockaddr*>(&a), sizeof a) < 0) bench::die("bind");
    if (listen(listener_, 4096) < 0) bench::die("listen");
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    bench::watch(epoll_, listener_, EPOLLIN, nullptr);
    for (const bool anthropic : {false, true}) {
      whole_[anthropic] = whole_answer(anthropic);
      std::string events = opening(anthropic);
      for (int i = 0; i < 100; ++i) {
        events += anthropic ? anthropic_event(kFill) : openai_event(kFill);
      }
      burst_[anthropic] = kStreamHead + chunk(events + closing(anthropic)) + "0\r\n\r\n";
    }
  }

  void run() {
    std::vector<epoll_event> events(1024);
    for (;;) {
      int wait = -1;
      if (!due_.empty()) {
        const std::uint64_t now = now_ns();
        const std::uint64_t first = due_.begin()->first;
        wait = first <= now ? 0 : static_cast<int>((first - now) / 1'000'000 + 1);
      }
      const int n = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait);
      for (int i = 0; i < n; ++i) {
        if (events[static_cast<std::size_t>(i)].data.ptr == nullptr) {
          accept_all();
        } else {
          serve(static_cast<Conn*>(events[static_cast<std::size_t>(i)].data.ptr));
        }
      }
      pace();
    }
  }

 private:
  void accept_all() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      auto conn = std::make_unique<Conn>();
      conn->fd = fd;
      bench::watch(epoll_, fd, EPOLLIN, conn.get());
      conns_[fd] = std::move(conn);
    }
  }

  void drop(Conn* conn) {
    close(conn->fd);
    conns_.erase(conn->fd);
  }

  void serve(Conn* conn) {
    char buffer[65536];
    const ssize_t n = recv(conn->fd, buffer, sizeof buffer, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) return drop(conn);
    if (n > 0) conn->in.append(buffer, static_cast<std::size_t>(n));
    for (;;) {
      const std::size_t end = conn->in.find("\r\n\r\n");
      if (end == std::string::npos) break;
      const long length = std::max(
          0L, bench::header_number(std::string_view(conn->in).substr(0, end), "content-length"));
      if (conn->in.size() < end + 4 + static_cast<std::size_t>(length)) break;
      answer(*conn,
             std::string_view(conn->in).substr(0, end + 4 + static_cast<std::size_t>(length)));
      conn->in.erase(0, end + 4 + static_cast<std::size_t>(length));
    }
    if (!bench::write_some(conn->fd, conn->out)) return drop(conn);
    bench::watch(epoll_, conn->fd, conn->out.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT, conn,
                 EPOLL_CTL_MOD);
  }

  void answer(Conn& conn, std::string_view request) {
    conn.anthropic =
        request.substr(0, request.find('\r')).find("/messages") != std::string_view::npos;
    if (request.find("bench-burst") != std::string_view::npos) {
      conn.out += burst_[conn.anthropic];
      return;
    }
    const std::size_t paced = request.find("bench-paced-");
    if (paced == std::string_view::npos) {
      conn.out += whole_[conn.anthropic];
      return;
    }
    const char* at = request.data() + paced + std::strlen("bench-paced-");
    char* rest = nullptr;
    conn.left = static_cast<int>(std::strtol(at, &rest, 10));
    conn.step_ns = static_cast<std::uint64_t>(std::strtol(rest + 1, nullptr, 10)) * 1'000'000;
    conn.out += kStreamHead + chunk(opening(conn.anthropic));
    // Streams that begin together are spread over the interval by their number.
    due_.emplace(now_ns() + conn.step_ns * (next_++ % 1000) / 1000, conn.fd);
  }

  void pace() {
    const std::uint64_t now = now_ns();
    while (!due_.empty() && due_.begin()->first <= now) {
      const auto [when, fd] = *due_.begin();
      due_.erase(due_.begin());
      const auto found = conns_.find(fd);
      if (found == conns_.end() || found->second->left == 0) continue;
      Conn& conn = *found->second;
      char content[256];
      std::snprintf(content, sizeof content, "t=%llu %s", static_cast<unsigned long long>(now_ns()),
                    kFill);
      std::string event = conn.anthropic ? anthropic_event(content) : openai_event(content);
      if (--conn.left == 0) {
        conn.out += chunk(event + closing(conn.anthropic)) + "0\r\n\r\n";
      } else {
        conn.out += chunk(event);
        due_.emplace(when + conn.step_ns, fd);
      }
      if (!bench::write_some(conn.fd, conn.out)) drop(&conn);
    }
  }

  int listener_ = -1;
  int epoll_ = -1;
  std::map<int, std::unique_ptr<Conn>> conns_;
  std::multimap<std::uint64_t, int> due_;
  std::string whole_[2], burst_[2];
  std::uint64_t next_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: bench_upstream PORT\n");
    return 2;
  }
  Upstream(std::atoi(argv[1])).run();
}
