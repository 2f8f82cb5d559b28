// fields.hpp - the members of a JSON object that a plugin knows, as fields of a struct of its own.
//
//     struct Chat { json::Value messages, tools; };
//     constexpr std::array<Field<Chat>, 2> kKnown{{
//         {"messages", &Chat::messages},
//         {"tools", &Chat::tools},
//     }};
//     for_each_member(request, [&chat](std::string_view name, json::Value value) {
//       if (!set_field(kKnown, name, value, chat) && !is_hosts_affair(name)) ...  // unknown
//     });
//
// One walk over the object, whatever the order; of equal names the last one counts. Values borrow
// from the body.
// Tests: tests/unit/plugin/fields_test.cpp
#pragma once

#include <aiproxy/abi.h>
#include <aiproxy/json.hpp>
#include <aiproxy/text.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace aip::sdk {

template <class T>
struct Field {
  std::string_view name;
  json::Value T::*member;
};

// False: no field has that name.
template <class T, std::size_t N>
bool set_field(const std::array<Field<T>, N>& table, std::string_view name, json::Value value,
               T& target) noexcept {
  for (const Field<T>& field : table) {
    if (field.name != name) continue;
    target.*field.member = value;
    return true;
  }
  return false;
}
// The same for a member whose name is still escaped.
template <class T, std::size_t N>
bool set_field(const std::array<Field<T>, N>& table, const json::Value::Member& member, T& target) {
  for (const Field<T>& field : table) {
    if (!member.named(field.name)) continue;
    target.*field.member = member.value();
    return true;
  }
  return false;
}

// Calls fn(name, value) for each member; the name is unescaped and lives until fn returns.
template <class F>
void for_each_member(json::Value object, F&& fn) {
  std::string name;
  for (const json::Value::Member& m : object.members()) {
    name.clear();
    json::unescape(m.key_escaped, name);
    fn(std::string_view(name), m.value());
  }
}
// Those of a request's body: from the list that came with it, which saves the walk, if there is
// one.
template <class F>
void for_each_member(const aip_request& request, F&& fn) {
  for (std::size_t i = 0; i < request.member_count; ++i) {
    const aip_member& m = request.members[i];
    fn(text(m.name), json::Value(text(m.value)));
  }
  if (request.member_count == 0) for_each_member(json::Value(text(request.body)), fn);
}

// Members that belong to this gateway and not to any provider (docs/canonical-chat.md).
inline constexpr std::array<std::string_view, 6> kGatewaysOwn{"provider", "openai", "gemini",
                                                              "bing",     "coze",   "claude"};
// Is it one of those, or one that the host deals with: the model, and how the answer is sent?
[[nodiscard]] inline bool is_hosts_affair(std::string_view name) noexcept {
  return name == "model" || name == "stream" || name == "stream_options" ||
         std::find(kGatewaysOwn.begin(), kGatewaysOwn.end(), name) != kGatewaysOwn.end();
}

}  // namespace aip::sdk
