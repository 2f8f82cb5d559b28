// partial_args.h - the arguments of a function call that come in pieces.
//
// Vertex can stream them: {"partialArgs":[{"jsonPath":"$.a.b[0]","stringValue":"...",
// "willContinue":true}]}. The pieces name places of one object, texts grow piece by piece, and
// neither order nor completeness is JSON's. So the object is put together here and told whole.
// Nobody asks for this form through the gateway; a service that has it switched on is understood.
// Memory: kPlacesMax places, as long as their texts.
// Tests: tests/unit/gemini/small_test.cpp
#pragma once

#include <aiproxy/json.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aip::gemini {

class PartialArgs {
 public:
  static constexpr std::size_t kPlacesMax = 4096;
  static constexpr std::size_t kDepthMax = 32;

  // One element of partialArgs. False: it names no place of an object.
  bool add(json::Value piece);
  // The object so far.
  [[nodiscard]] std::string json() const;

 private:
  struct Node {
    bool is_array = false;
    std::vector<std::pair<std::string, std::unique_ptr<Node>>> members;  // or items, in order
    std::string text;                                                    // escaped; with `is_text`
    std::string value;                                                   // any other value's JSON
    bool is_text = false;
  };
  Node* child(Node& of, std::string name);
  static void write(const Node& node, json::Writer& out);

  Node root_;
  std::size_t places_ = 0;
};

}  // namespace aip::gemini
