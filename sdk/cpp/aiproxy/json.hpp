// json.hpp - a walker over JSON text that is known to be valid, and a writer.
//
// Value is a view of one value inside a valid text. Nothing is built and nothing is copied: raw()
// gives the value's own bytes, so numbers keep their digits and members their order, and a schema
// of 60 KB moves from one request into another as one memcpy. A walker trusts its input: whoever
// makes a Value has had the text checked (core: simdjson; plugins: AIP_DATA_JSON or the extension
// "aiproxy.json/1"). On a text that is not valid it stays inside the bounds of the view and its
// answers mean nothing.
//
// Writer is RapidJSON's, with raw spans added.
// Threads: none.   Lifetime: views die with the text.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include <rapidjson/writer.h>

namespace aip::json {

enum class Type : std::uint8_t { None, Null, Bool, Number, String, Array, Object };

namespace detail {
inline bool is_space(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}
inline const char* skip_space(const char* p, const char* end) noexcept {
  while (p < end && is_space(*p)) ++p;
  return p;
}
// p stands behind the opening quote; gives the place of the closing one, or end.
inline const char* string_end(const char* p, const char* end) noexcept {
  // Most strings are keys and words, shorter than a call of memchr() is worth.
  constexpr std::ptrdiff_t kShort = 24;
  for (const char* stop = p + std::min(end - p, kShort); p < stop && *p != '\\'; ++p) {
    if (*p == '"') return p;
  }
  while (p < end) {
    const char* quote =
        static_cast<const char*>(std::memchr(p, '"', static_cast<std::size_t>(end - p)));
    if (quote == nullptr) return end;
    // A quote is escaped when an odd number of backslashes stands in front of it.
    const char* back = quote;
    while (back > p && back[-1] == '\\') --back;
    if (((quote - back) & 1) == 0) return quote;
    p = quote + 1;
  }
  return end;
}
// p stands on the first byte of a value; gives the place behind its last.
inline const char* value_end(const char* p, const char* end) noexcept {
  if (p >= end) return end;
  if (*p == '"') {
    const char* quote = string_end(p + 1, end);
    return quote < end ? quote + 1 : end;
  }
  if (*p != '{' && *p != '[') {
    while (p < end && *p != ',' && *p != '}' && *p != ']' && !is_space(*p)) ++p;
    return p;
  }
  std::size_t depth = 0;
  while (p < end) {
    const char c = *p++;
    if (c == '"') {
      p = string_end(p, end);
      if (p < end) ++p;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (--depth == 0) return p;
    }
  }
  return end;
}
}  // namespace detail

// Appends the characters of a JSON string's inside (no quotes), its escapes resolved, to `out`.
// A lone surrogate becomes U+FFFD.
void unescape(std::string_view inside, std::string& out);

class Value {
 public:
  Value() = default;
  // `text` is one valid JSON value; white space around it is allowed.
  explicit Value(std::string_view text) noexcept {
    const char* begin = detail::skip_space(text.data(), text.data() + text.size());
    const char* end = text.data() + text.size();
    while (end > begin && detail::is_space(end[-1])) --end;
    raw_ = std::string_view(begin, static_cast<std::size_t>(end - begin));
  }

  [[nodiscard]] Type type() const noexcept {
    if (raw_.empty()) return Type::None;
    switch (raw_.front()) {
      case '{':
        return Type::Object;
      case '[':
        return Type::Array;
      case '"':
        return Type::String;
      case 't':
      case 'f':
        return Type::Bool;
      case 'n':
        return Type::Null;
      default:
        return Type::Number;
    }
  }
  // Absent is not null: a missing member is None.
  explicit operator bool() const noexcept { return !raw_.empty(); }
  [[nodiscard]] bool is_object() const noexcept { return type() == Type::Object; }
  [[nodiscard]] bool is_array() const noexcept { return type() == Type::Array; }
  [[nodiscard]] bool is_string() const noexcept { return type() == Type::String; }
  [[nodiscard]] bool is_number() const noexcept { return type() == Type::Number; }
  [[nodiscard]] bool is_bool() const noexcept { return type() == Type::Bool; }
  [[nodiscard]] bool is_null() const noexcept { return type() == Type::Null; }
  [[nodiscard]] bool is_null_or_none() const noexcept {
    return raw_.empty() || raw_.front() == 'n';
  }

  [[nodiscard]] std::string_view raw() const noexcept { return raw_; }
  // The inside of a string with its escapes kept; empty for other types.
  [[nodiscard]] std::string_view escaped() const noexcept {
    return is_string() && raw_.size() >= 2 ? raw_.substr(1, raw_.size() - 2) : std::string_view();
  }
  // The string's characters; empty for other types.
  [[nodiscard]] std::string str() const {
    std::string out;
    unescape(escaped(), out);
    return out;
  }
  // Without a copy where the string holds no escape.
  [[nodiscard]] std::string_view str(std::string& scratch) const {
    const std::string_view inside = escaped();
    if (inside.find('\\') == std::string_view::npos) return inside;
    scratch.clear();
    unescape(inside, scratch);
    return scratch;
  }
  [[nodiscard]] bool equals(std::string_view text) const {
    const std::string_view inside = escaped();
    if (!is_string()) return false;
    if (inside.find('\\') == std::string_view::npos) return inside == text;
    return str() == text;
  }
  [[nodiscard]] bool is_true() const noexcept { return !raw_.empty() && raw_.front() == 't'; }
  [[nodiscard]] bool is_false() const noexcept { return !raw_.empty() && raw_.front() == 'f'; }
  // The number as an integer, if it is one that fits (1e3 and 10.0 are not).
  [[nodiscard]] std::optional<std::int64_t> integer() const noexcept;
  // 0 for other types.
  [[nodiscard]] double number() const noexcept;

  // The first member of that name; None if there is none or this is no object.
  [[nodiscard]] Value get(std::string_view name) const;
  Value operator[](std::string_view name) const { return get(name); }

  struct Member {
    std::string_view key_escaped;  // inside of the key's string
    std::string_view raw;          // `"name": value`
    const char* value_begin = nullptr;
    const char* value_stop = nullptr;
    bool plain = true;  // the key holds no escape
    [[nodiscard]] Value value() const noexcept {
      Value v;
      v.raw_ = std::string_view(value_begin, static_cast<std::size_t>(value_stop - value_begin));
      return v;
    }
    [[nodiscard]] std::string key() const {
      std::string out;
      unescape(key_escaped, out);
      return out;
    }
    [[nodiscard]] bool named(std::string_view name) const {
      return plain ? key_escaped == name : key() == name;
    }
  };

  // for (auto m : value.members()) / for (auto v : value.items()); empty ranges for other types.
  class MemberRange;
  class ItemRange;
  [[nodiscard]] MemberRange members() const noexcept;
  [[nodiscard]] ItemRange items() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept;  // members or items

 private:
  std::string_view raw_;
};

struct RangeEnd {};

class Value::MemberRange {
 public:
  class Iterator {
   public:
    Iterator(const char* p, const char* end) noexcept : end_(end) { read(p); }
    const Member& operator*() const noexcept { return member_; }
    const Member* operator->() const noexcept { return &member_; }
    Iterator& operator++() noexcept {
      const char* p = detail::skip_space(member_.value_stop, end_);
      if (p < end_ && *p == ',') {
        read(p + 1);
      } else {
        done_ = true;
      }
      return *this;
    }
    bool operator!=(RangeEnd) const noexcept { return !done_; }

   private:
    void read(const char* p) noexcept {
      p = detail::skip_space(p, end_);
      if (p >= end_ || *p != '"') {
        done_ = true;
        return;
      }
      const char* begin = p;
      const char* quote = detail::string_end(p + 1, end_);
      member_.key_escaped = std::string_view(p + 1, static_cast<std::size_t>(quote - p - 1));
      member_.plain = member_.key_escaped.find('\\') == std::string_view::npos;
      p = detail::skip_space(quote < end_ ? quote + 1 : end_, end_);
      if (p < end_ && *p == ':') ++p;
      p = detail::skip_space(p, end_);
      member_.value_begin = p;
      member_.value_stop = detail::value_end(p, end_);
      member_.raw = std::string_view(begin, static_cast<std::size_t>(member_.value_stop - begin));
      done_ = member_.value_stop == member_.value_begin;
    }
    const char* end_;
    Member member_;
    bool done_ = false;
  };
  explicit MemberRange(std::string_view inside) noexcept : inside_(inside) {}
  [[nodiscard]] Iterator begin() const noexcept {
    return {inside_.data(), inside_.data() + inside_.size()};
  }
  [[nodiscard]] RangeEnd end() const noexcept { return {}; }

 private:
  std::string_view inside_;
};

class Value::ItemRange {
 public:
  class Iterator {
   public:
    Iterator(const char* p, const char* end) noexcept : end_(end) { read(p); }
    Value operator*() const noexcept {
      Value v;
      v.raw_ = std::string_view(begin_, static_cast<std::size_t>(stop_ - begin_));
      return v;
    }
    Iterator& operator++() noexcept {
      const char* p = detail::skip_space(stop_, end_);
      if (p < end_ && *p == ',') {
        read(p + 1);
      } else {
        done_ = true;
      }
      return *this;
    }
    bool operator!=(RangeEnd) const noexcept { return !done_; }

   private:
    void read(const char* p) noexcept {
      begin_ = detail::skip_space(p, end_);
      stop_ = detail::value_end(begin_, end_);
      done_ = stop_ == begin_;
    }
    const char* end_;
    const char* begin_ = nullptr;
    const char* stop_ = nullptr;
    bool done_ = false;
  };
  explicit ItemRange(std::string_view inside) noexcept : inside_(inside) {}
  [[nodiscard]] Iterator begin() const noexcept {
    return {inside_.data(), inside_.data() + inside_.size()};
  }
  [[nodiscard]] RangeEnd end() const noexcept { return {}; }

 private:
  std::string_view inside_;
};

inline Value::MemberRange Value::members() const noexcept {
  return MemberRange(is_object() && raw_.size() >= 2 ? raw_.substr(1, raw_.size() - 2)
                                                     : std::string_view());
}
inline Value::ItemRange Value::items() const noexcept {
  return ItemRange(is_array() && raw_.size() >= 2 ? raw_.substr(1, raw_.size() - 2)
                                                  : std::string_view());
}
inline std::size_t Value::size() const noexcept {
  std::size_t n = 0;
  if (is_object()) {
    for ([[maybe_unused]] const Member& m : members()) ++n;
  } else {
    for ([[maybe_unused]] const Value v : items()) ++n;
  }
  return n;
}
inline Value Value::get(std::string_view name) const {
  for (const Member& m : members()) {
    if (m.named(name)) return m.value();
  }
  return {};
}

// ---- writing -------------------------------------------------------------------------------

// RapidJSON's output stream over a std::string that the caller owns.
class StringStream {
 public:
  using Ch = char;
  explicit StringStream(std::string& out) noexcept : out_(out) {}
  void Put(char c) { out_.push_back(c); }
  void Flush() {}
  std::string& out() noexcept { return out_; }

 private:
  std::string& out_;
};

// Writes one JSON text to the end of a string. Calls follow RapidJSON's order: object(), key(),
// value, ..., end_object(). Everything returns the writer, so that calls can be chained.
class Writer : private rapidjson::Writer<StringStream, rapidjson::UTF8<>, rapidjson::UTF8<>,
                                         rapidjson::CrtAllocator> {
  using Base = rapidjson::Writer<StringStream, rapidjson::UTF8<>, rapidjson::UTF8<>,
                                 rapidjson::CrtAllocator>;

 public:
  explicit Writer(std::string& out) : Base(stream_), stream_(out) {}

  Writer& object() { return StartObject(), *this; }
  Writer& end_object() { return EndObject(), *this; }
  Writer& array() { return StartArray(), *this; }
  Writer& end_array() { return EndArray(), *this; }
  Writer& key(std::string_view name) {
    return Key(name.data(), static_cast<rapidjson::SizeType>(name.size())), *this;
  }
  Writer& string(std::string_view text) {
    return String(text.data(), static_cast<rapidjson::SizeType>(text.size())), *this;
  }
  Writer& number(std::int64_t n) { return Int64(n), *this; }
  Writer& unsigned_number(std::uint64_t n) { return Uint64(n), *this; }
  Writer& real(double n) { return Double(n), *this; }
  Writer& boolean(bool b) { return Bool(b), *this; }
  Writer& null() { return Null(), *this; }
  // A value that is valid JSON already.
  Writer& raw(std::string_view json) {
    Prefix(rapidjson::kObjectType);
    stream_.out().append(json);
    return *this;
  }
  // A string whose inside is escaped already; several pieces become one string.
  Writer& escaped(std::string_view inside) {
    Prefix(rapidjson::kStringType);
    stream_.out().append(1, '"').append(inside).append(1, '"');
    return *this;
  }
  Writer& member(std::string_view name, std::string_view text) { return key(name).string(text); }
  Writer& member_raw(std::string_view name, std::string_view json) { return key(name).raw(json); }

 private:
  StringStream stream_;
};

// Appends `text` as the inside of a JSON string (no quotes).
void escape(std::string_view text, std::string& out);

}  // namespace aip::json
