// load.cpp - a load generator: closed loop or paced streams, over raw epoll.
//
//   bench_load PORT CONNECTIONS SECONDS BODY_FILE [PATH] [RATE]
//
// Each connection sends the request again as soon as its answer is complete; with RATE (requests a
// second over all connections) it waits for its turn instead. Events are counted by "data: "; an
// event that holds "t=NANOSECONDS" gives the time since the upstream sent it. One line of JSON.
#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "epoll_loop.h"

namespace {

using bench::now_ns;

struct Client {
  int fd = -1;
  std::string out, in;
  bool head_done = false, chunked = false, first = false, busy = false;
  long left = -1;  // of a body with Content-Length
  std::uint64_t sent_ns = 0;
};

struct Figures {
  std::uint64_t requests = 0, events = 0, errors = 0, bytes = 0;
  std::vector<double> latency_us, first_us, event_us;
};

double percentile(std::vector<double>& values, double p) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::size_t>(p * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

class Load {
 public:
  Load(int port, int connections, double seconds, std::string request, double rate)
      : port_(port), seconds_(seconds), request_(std::move(request)), rate_(rate) {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < connections; ++i) clients_.push_back(std::make_unique<Client>());
  }

  int run() {
    for (auto& client : clients_) connect_client(*client);
    begin_ns_ = now_ns();
    const auto end_ns = begin_ns_ + static_cast<std::uint64_t>(seconds_ * 1e9);
    std::vector<epoll_event> events(1024);
    std::uint64_t issued = 0;
    if (rate_ == 0) {
      for (auto& client : clients_) send_request(*client);
    }
    while (now_ns() < end_ns) {
      if (rate_ > 0) {
        const double due = static_cast<double>(now_ns() - begin_ns_) / 1e9 * rate_;
        for (auto& client : clients_) {
          if (static_cast<double>(issued) >= due) break;
          if (client->busy) continue;
          send_request(*client);
          ++issued;
        }
      }
      const int n = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 1);
      for (int i = 0; i < n; ++i) {
        auto* client = static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
        if ((events[static_cast<std::size_t>(i)].events & EPOLLOUT) != 0) flush(*client);
        if ((events[static_cast<std::size_t>(i)].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
          read_client(*client);
      }
    }
    report(static_cast<double>(now_ns() - begin_ns_) / 1e9);
    return 0;
  }

 private:
  void connect_client(Client& client) {
    client.fd = bench::tcp_socket();
    const sockaddr_in a = bench::loopback(port_);
    if (connect(client.fd, reinterpret_cast<const sockaddr*>(&a), sizeof a) < 0 &&
        errno != EINPROGRESS) {
      bench::die("connect");
    }
    bench::watch(epoll_, client.fd, EPOLLIN, &client);
  }

  void send_request(Client& client) {
    client.out = request_;
    client.in.clear();
    client.head_done = client.chunked = client.first = false;
    client.left = -1;
    client.busy = true;
    client.sent_ns = now_ns();
    flush(client);
  }

  void flush(Client& client) {
    if (!bench::write_some(client.fd, client.out)) {
      // Not connected yet looks the same as gone; the next event tells.
      if (errno != ENOTCONN) ++figures_.errors;
    }
    bench::watch(epoll_, client.fd, client.out.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT, &client,
                 EPOLL_CTL_MOD);
  }

  void read_client(Client& client) {
    char buffer[262144];
    const ssize_t n = recv(client.fd, buffer, sizeof buffer, 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
      ++figures_.errors;
      close(client.fd);
      client = Client{};
      connect_client(client);
      if (rate_ == 0) send_request(client);
      return;
    }
    const std::uint64_t now = now_ns();
    figures_.bytes += static_cast<std::uint64_t>(n);
    const std::string_view piece(buffer, static_cast<std::size_t>(n));
    count_events(client, piece, now);
    client.in.append(piece);
    if (!client.head_done) read_head(client);
    if (!client.head_done) return;
    const bool done = client.chunked ? client.in.ends_with("0\r\n\r\n")
                                     : static_cast<long>(client.in.size()) >= client.left;
    if (done) return complete(client, now);
    // Only the end matters from here on.
    if (client.chunked && client.in.size() > 8) client.in.erase(0, client.in.size() - 8);
  }

  void count_events(Client& client, std::string_view piece, std::uint64_t now) {
    for (std::size_t at = piece.find("data: "); at != std::string_view::npos;
         at = piece.find("data: ", at + 6)) {
      ++figures_.events;
      if (!client.first) {
        client.first = true;
        figures_.first_us.push_back(static_cast<double>(now - client.sent_ns) / 1e3);
      }
    }
    for (std::size_t at = piece.find("\"t="); at != std::string_view::npos;
         at = piece.find("\"t=", at + 3)) {
      const std::uint64_t sent = std::strtoull(piece.data() + at + 3, nullptr, 10);
      if (sent > begin_ns_ && sent < now)
        figures_.event_us.push_back(static_cast<double>(now - sent) / 1e3);
    }
  }

  void read_head(Client& client) {
    const std::size_t end = client.in.find("\r\n\r\n");
    if (end == std::string::npos) return;
    const std::string_view head = std::string_view(client.in).substr(0, end);
    client.head_done = true;
    if (!head.starts_with("HTTP/1.1 200")) ++figures_.errors;
    client.left = bench::header_number(head, "content-length");
    client.chunked = client.left < 0;
    client.in.erase(0, end + 4);
  }

  void complete(Client& client, std::uint64_t now) {
    ++figures_.requests;
    client.busy = false;
    figures_.latency_us.push_back(static_cast<double>(now - client.sent_ns) / 1e3);
    if (rate_ == 0) send_request(client);
  }

  void report(double seconds) {
    Figures& f = figures_;
    std::printf(
        "{\"seconds\":%.3f,\"requests\":%llu,\"events\":%llu,\"errors\":%llu,\"bytes\":%llu,"
        "\"latency_p50_us\":%.1f,\"latency_p99_us\":%.1f,\"first_p50_us\":%.1f,\"first_p99_us\":%."
        "1f,"
        "\"event_p50_us\":%.1f,\"event_p99_us\":%.1f}\n",
        seconds, static_cast<unsigned long long>(f.requests),
        static_cast<unsigned long long>(f.events), static_cast<unsigned long long>(f.errors),
        static_cast<unsigned long long>(f.bytes), percentile(f.latency_us, 0.5),
        percentile(f.latency_us, 0.99), percentile(f.first_us, 0.5), percentile(f.first_us, 0.99),
        percentile(f.event_us, 0.5), percentile(f.event_us, 0.99));
  }

  int port_;
  double seconds_;
  std::string request_;
  double rate_;
  int epoll_ = -1;
  std::uint64_t begin_ns_ = 0;
  std::vector<std::unique_ptr<Client>> clients_;
  Figures figures_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: bench_load PORT CONNECTIONS SECONDS BODY_FILE [PATH] [RATE]\n");
    return 2;
  }
  std::ifstream file(argv[4], std::ios::binary);
  const std::string body((std::istreambuf_iterator<char>(file)), {});
  const std::string path = argc > 5 ? argv[5] : "/v1/chat/completions";
  const std::string request =
      "POST " + path +
      " HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\nauthorization: Bearer "
      "aiproxy\r\ncontent-length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  return Load(std::atoi(argv[1]), std::atoi(argv[2]), std::atof(argv[3]), request,
              argc > 6 ? std::atof(argv[6]) : 0)
      .run();
}
