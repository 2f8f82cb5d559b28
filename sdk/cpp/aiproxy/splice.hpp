// splice.hpp - changes top-level members of a JSON body without parsing or copying the rest.
//
// A native body goes upstream untouched but for its model, the gateway's own members, and usage
// asked for. Splice takes the byte ranges that came with the request and gives the new body as
// pieces; a member that is not touched keeps its bytes, its place and the blanks around it.
//
//     Splice body(request);
//     body.set("model", model_json).drop_own();
//     call.body(body.pieces());
//
// Lifetime: pieces() borrows from the request's body and from this object.
#pragma once

#include <aiproxy/abi.h>
#include <aiproxy/fields.hpp>
#include <aiproxy/json.hpp>
#include <aiproxy/text.hpp>

#include <algorithm>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace aip::sdk {

class Splice {
 public:
  // The body must be a JSON object that was checked: the host's is.
  explicit Splice(const aip_request& request) : body_(text(request.body)) {
    for (std::size_t i = 0; i < request.member_count; ++i) {
      const aip_member& m = request.members[i];
      parts_.push_back({std::string(text(m.name)), m.begin, m.end, Fate::Keep, {}});
    }
    if (parts_.empty()) find_members();
    own_members_ = parts_.size();
  }
  explicit Splice(std::string_view body) : body_(body) {
    find_members();
    own_members_ = parts_.size();
  }

  [[nodiscard]] bool has(std::string_view name) const noexcept {
    return std::any_of(parts_.begin(), parts_.end(),
                       [name](const Part& p) { return p.fate != Fate::Drop && p.name == name; });
  }
  // The member gets this value: in its place, or at the end if there is none. `json` is copied.
  Splice& set(std::string_view name, std::string_view json) {
    std::string member;
    json::Writer(member).string(name);
    member.append(1, ':').append(json);
    for (Part& p : parts_) {
      if (p.name != name) continue;
      p.fate = Fate::Replace;
      p.text = std::move(member);
      return *this;
    }
    parts_.push_back({std::string(name), 0, 0, Fate::Replace, std::move(member)});
    return *this;
  }
  Splice& set_string(std::string_view name, std::string_view value) {
    std::string json;
    json::Writer(json).string(value);
    return set(name, json);
  }
  Splice& drop(std::string_view name) {
    for (Part& p : parts_) {
      if (p.name == name) p.fate = Fate::Drop;
    }
    return *this;
  }
  // Drops the members that belong to this gateway (docs/canonical-chat.md).
  Splice& drop_own() {
    for (const std::string_view own : kGatewaysOwn) drop(own);
    return *this;
  }

  // The new body. Runs of kept members go as one piece, with the blanks between them.
  [[nodiscard]] std::vector<aip_span> pieces() const {
    std::vector<aip_span> out;
    bool first = true;
    std::string_view tail = "}";
    std::size_t i = 0;
    while (i < parts_.size()) {
      const Part& part = parts_[i];
      if (part.fate == Fate::Drop) {
        ++i;
        continue;
      }
      if (!first) out.push_back(span(","));
      if (part.fate == Fate::Replace) {
        if (first) out.push_back(span("{"));
        out.push_back(span(part.text));
        tail = "}";
        ++i;
      } else {
        const std::size_t run_begin = i;
        while (i < parts_.size() && parts_[i].fate == Fate::Keep) ++i;
        if (first && run_begin != 0) out.push_back(span("{"));
        const std::size_t from = first && run_begin == 0 ? 0 : part.begin;
        if (i == parts_.size()) {  // the end of the body as it came, blanks and all
          out.push_back(span(body_.substr(from)));
          return out;
        }
        out.push_back(span(body_.substr(from, parts_[i - 1].end - from)));
        tail = i == own_members_ ? body_.substr(parts_[i - 1].end) : "}";
      }
      first = false;
    }
    out.push_back(span(first ? "{}" : tail));
    return out;
  }
  [[nodiscard]] std::string str() const {
    std::string out;
    for (const aip_span piece : pieces()) out.append(text(piece));
    return out;
  }

 private:
  enum class Fate : std::uint8_t { Keep, Drop, Replace };
  struct Part {
    std::string name;
    std::size_t begin, end;  // of `"name": value` in body_, for Keep
    Fate fate;
    std::string text;  // for Replace: the whole member
  };

  void find_members() {
    for (const json::Value::Member& m : json::Value(body_).members()) {
      const auto begin = static_cast<std::size_t>(m.raw.data() - body_.data());
      parts_.push_back({m.key(), begin, begin + m.raw.size(), Fate::Keep, {}});
    }
  }

  std::string_view body_;
  std::deque<Part> parts_;
  std::size_t own_members_ = 0;  // of the body; what was added stands behind them
};

}  // namespace aip::sdk
