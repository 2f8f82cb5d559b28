#include "draft.h"

namespace aip::gemini {

void Draft::turn(Role role) {
  if (turn_open_ && role_ == role) return;
  end_turn();
  json_.object().member("role", role == Role::User ? "user" : "model");
  json_.key("parts").array();
  turn_open_ = true;
  role_ = role;
}

void Draft::end_turn() {
  if (!turn_open_) return;
  json_.end_array().end_object();
  turn_open_ = false;
}

void Draft::end_contents() {
  end_turn();
  json_.end_array();
}

void Draft::text(std::string_view escaped, std::string_view signature) {
  json_.object().key("text").escaped(escaped);
  if (!signature.empty()) json_.member("thoughtSignature", signature);
  json_.end_object();
  part_done();
}

}  // namespace aip::gemini
