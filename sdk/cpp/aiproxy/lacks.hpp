// lacks.hpp - what clients may ask for and a provider has not, as a table.
//
//     constexpr std::array<Lack<Chat>, 2> kLacks{{
//         {&Chat::n, asks::above_one, "/n", "Acme gives one answer a request."},
//         {&Chat::logit_bias, asks::not_empty, "/logit_bias", "Acme has no logit bias."},
//     }};
//     if (MaybeFailure failure = judge_lacks(kLacks, chat, questions)) return *failure;
//     disclose(chat.others, questions);
//
// A member that changes the answer stands in the table and is put to the host: refuse or drop. One
// that asks for nothing ("n": 1) is as good as absent. Members that nobody knows are left out and
// disclosed.
// Tests: tests/unit/plugin/lacks_test.cpp
#pragma once

#include <aiproxy/json.hpp>
#include <aiproxy/questions.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace aip::sdk {

// Does this value ask for something? Absent ones and nulls never do.
namespace asks {

inline bool present(json::Value value) {
  return !value.is_null_or_none();
}
inline bool is_true(json::Value value) {
  return value.is_true();
}
inline bool above_one(json::Value n) {
  return n.number() > 1;
}
inline bool not_zero(json::Value n) {
  return n.number() < 0 || n.number() > 0;
}
// Of objects and arrays.
inline bool not_empty(json::Value value) {
  return value.size() != 0;
}
// Of the list of modalities.
inline bool more_than_text(json::Value modalities) {
  for (const json::Value item : modalities.items()) {
    if (!item.equals("text")) return true;
  }
  return false;
}

}  // namespace asks

template <class Chat>
struct Lack {
  json::Value Chat::*field;
  bool (*asks_for_something)(json::Value);
  const char* pointer;
  const char* what;  // why the request is refused, for the client
};

template <class Chat, std::size_t N>
[[nodiscard]] MaybeFailure judge_lacks(const std::array<Lack<Chat>, N>& table, const Chat& chat,
                                       Questions& questions) {
  for (const Lack<Chat>& lack : table) {
    if (!lack.asks_for_something(chat.*lack.field) || questions.may_drop(lack.pointer)) continue;
    return unsupported(lack.pointer, lack.what);
  }
  return std::nullopt;
}

// `names`: top-level members that were left out because nobody knows them.
inline void disclose(const std::vector<std::string>& names, Questions& questions) {
  for (const std::string& name : names) questions.coerced(pointer_to(name));
}

}  // namespace aip::sdk
