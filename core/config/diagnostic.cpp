#include "core/config/diagnostic.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <tuple>

namespace aip::config {
namespace {

constexpr std::size_t kWordBytesMax = 64;  // longer words have no near neighbour worth a search
constexpr std::size_t kKnownShownMax = 40;

bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0;
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

bool begins_with_path(std::string_view path, std::string_view from) {
  if (path.substr(0, from.size()) != from) return false;
  return path.size() == from.size() || path[from.size()] == '.' || path[from.size()] == '[';
}

// Optimal string alignment: three rows are enough.
std::size_t distance(std::string_view a, std::string_view b) {
  std::array<std::array<std::size_t, kWordBytesMax + 1>, 3> rows{};
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& last = rows[(i + 2) % 3];
    const auto& before_last = rows[(i + 1) % 3];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
  }
  return rows[a.size() % 3][b.size()];
}

}  // namespace

std::string Diagnostic::to_string() const {
  std::string out = file;
  if (mark.line != 0) {
    out += ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column);
  }
  if (!out.empty()) out += ": ";
  if (!path.empty()) out += path + ": ";
  return out + text;
}

void Diagnostics::error(Mark mark, std::string path, std::string text) {
  if (errors_.size() >= kDiagnosticsMax) {
    ++dropped_;
    return;
  }
  errors_.push_back({file_, mark, std::move(path), std::move(text)});
}

void Diagnostics::warning(Mark mark, std::string path, std::string text) {
  if (warnings_.size() >= kDiagnosticsMax) return;
  warnings_.push_back({file_, mark, std::move(path), std::move(text)});
}

void Diagnostics::secret(std::string_view value) {
  if (value.size() >= kSecretBytesMin) secrets_.emplace_back(value);
}

void Diagnostics::rename(std::string from, std::string to) {
  renames_.emplace_back(std::move(from), std::move(to));
}

std::vector<Diagnostic> Diagnostics::finished(std::vector<Diagnostic> list,
                                              std::size_t dropped) const {
  std::stable_sort(list.begin(), list.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.mark.line, a.mark.column) < std::tie(b.mark.line, b.mark.column);
  });
  if (dropped > 0) {
    list.push_back({file_, {}, "", "and " + std::to_string(dropped) + " more errors"});
  }
  for (Diagnostic& d : list) {
    const std::pair<std::string, std::string>* longest = nullptr;
    for (const auto& rename : renames_) {
      const bool longer = longest == nullptr || rename.first.size() > longest->first.size();
      if (longer && begins_with_path(d.path, rename.first)) longest = &rename;
    }
    if (longest != nullptr) d.path = longest->second + d.path.substr(longest->first.size());
    for (const std::string& value : secrets_) {
      replace_all(d.text, value, "[secret]");
      replace_all(d.path, value, "[secret]");
    }
  }
  return list;
}

bool looks_secret(std::string_view text) noexcept {
  for (std::string_view prefix :
       {"sk-", "sk_", "AIza", "eyJ", "pat_", "ghp_", "xai-", "gsk_", "Bearer ", "hf_"}) {
    if (text.substr(0, prefix.size()) == prefix) return true;
  }
  // user:password@host
  const std::size_t scheme = text.find("://");
  if (scheme != std::string_view::npos) {
    const std::string_view rest = text.substr(scheme + 3);
    return rest.substr(0, rest.find('/')).find('@') != std::string_view::npos;
  }
  if (text.size() < 20 || text.find(' ') != std::string_view::npos) return false;
  return std::any_of(text.begin(), text.end(), is_letter) &&
         std::any_of(text.begin(), text.end(), is_digit);
}

std::string shown(std::string_view text) {
  if (looks_secret(text)) return "a text that is not shown";
  std::string out = "\"";
  std::size_t taken = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    // Cut between characters, never inside one.
    if (taken >= kShownBytesMax && (byte & 0xC0) != 0x80) {
      out += "...";
      break;
    }
    ++taken;
    if (byte < 0x20 || byte == 0x7F) {
      constexpr std::string_view kHex = "0123456789abcdef";
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string child_path(std::string_view path, std::string_view key) {
  std::string out(path);
  if (!out.empty()) out += '.';
  out += looks_secret(key) ? std::string_view("[not shown]") : key;
  return out;
}

std::string child_path(std::string_view path, std::size_t index) {
  return std::string(path) + "[" + std::to_string(index) + "]";
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  if (word.empty() || word.size() > kWordBytesMax) return {};
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : known) {
    if (candidate.size() > kWordBytesMax) continue;
    const std::size_t d = distance(word, candidate);
    if (d < best_distance && d < candidate.size()) {
      best_distance = d;
      best = candidate;
    }
  }
  return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
  if (const std::string best = nearest(word, known); !best.empty()) {
    return "; did you mean \"" + best + "\"?";
  }
  if (known.empty()) return {};
  std::string out = "; known here: ";
  for (std::size_t i = 0; i < known.size() && i < kKnownShownMax; ++i) {
    if (i > 0) out += ", ";
    out += known[i];
  }
  if (known.size() > kKnownShownMax) out += ", ...";
  return out;
}

}  // namespace aip::config
