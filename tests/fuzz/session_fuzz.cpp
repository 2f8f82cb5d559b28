// Any order of calls, by the exchange and by the plugin, on three streams of one worker.
//
// Two bytes are one step: what is done, and to whom. Whatever the order: begin comes first, end
// comes exactly once and last, cancel at most once, nothing is told to the owner outside begin and
// finish, and when all streams are gone no handle and no timer is left.
#include <array>
#include <memory>

#include "core/base/check.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/plugin/provider_fixture.h"

using namespace aip;

namespace {

struct Stream {
  std::unique_ptr<plugin::Session> session;
  bool begun = false;
};

class Play {
 public:
  void step(std::uint8_t what, std::uint8_t whom) {
    Stream& s = streams_[whom % streams_.size()];
    if (!s.session) {
      s.session = rig_.open();
      s.begun = false;
      remember(s.session->id());
      return;
    }
    if (what % 16 < 8) {
      from_the_exchange(s, what % 8, whom);
    } else {
      from_the_plugin(what % 8, whom);
    }
  }
  void close() {
    for (Stream& s : streams_) s.session.reset();
    AIP_CHECK(rig_.handles().in_use() == 0);
    AIP_CHECK(rig_.worker.next_deadline_ns() == UINT64_MAX);
    const std::string& log = rig_.plugin_does.log;
    AIP_CHECK(count(log, "begin") == count(log, "end"));
    AIP_CHECK(count(log, "cancel") <= count(log, "begin"));
    AIP_CHECK(count(rig_.owner.log, "finish") <= count(log, "begin"));
  }

 private:
  static std::size_t count(const std::string& log, const std::string& word) {
    std::size_t n = 0;
    for (std::size_t at = log.find(word); at != std::string::npos; at = log.find(word, at + 1)) ++n;
    return n;
  }

  void from_the_exchange(Stream& s, int what, std::uint8_t whom) {
    switch (what) {
      case 0: {
        if (s.begun) return;
        s.begun = true;
        aip_request request{};
        plugin::PluginError error;
        (void)s.session->begin(request, error);
        return;
      }
      case 1: {
        aip_call_event event{};
        event.type = static_cast<std::uint16_t>(AIP_CALL_HEAD + whom % 4);
        s.session->on_call(1 + whom % 8, event);
        return;
      }
      case 2:
        s.session->deliver_wakes();
        return;
      case 3:
        s.session->on_writable();
        return;
      case 4:
        s.session->cancel(AIP_CANCEL_TIMEOUT);
        return;
      case 5:
        rig_.worker.advance_ms(whom);
        return;
      case 6:
        s.session->end();
        s.begun = true;  // an ended session is never begun: that promise is the exchange's
        return;
      default:
        s.session.reset();
    }
  }

  // With any handle that was ever given, whatever it was a handle of.
  void from_the_plugin(int what, std::uint8_t whom) {
    const aip_host& host = rig_.host;
    const aip_id id = handles_[whom % handles_.size()];
    const aip_event text = test::text_event("x");
    aip_call call = test::plain_call();
    aip_id out = 0;
    switch (what) {
      case 0:
        host.emit(id, &text, 1);
        return;
      case 1:
        host.finish(id, nullptr);
        return;
      case 2:
        if ((whom & 1) != 0) call.flags = AIP_CALLF_DETACHED;
        host.call_start(id, &call, &out);
        remember(out);
        return;
      case 3:
        host.timer_start(id, whom, whom, &out);
        remember(out);
        return;
      case 4:
        host.timer_cancel(id);
        return;
      case 5:
        host.call_cancel(id);
        return;
      case 6:
        host.post(id, whom);
        return;
      default:
        host.arena(id, whom);
    }
  }

  void remember(aip_id id) {
    handles_[next_] = id;
    next_ = (next_ + 1) % handles_.size();
  }

  test::Fixture rig_;
  std::array<Stream, 3> streams_;
  std::array<aip_id, 16> handles_{};
  std::size_t next_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Play play;
  for (std::size_t i = 0; i + 1 < size; i += 2) play.step(data[i], data[i + 1]);
  play.close();
  return 0;
}
