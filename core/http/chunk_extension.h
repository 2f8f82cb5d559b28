// chunk_extension.h - the grammar of what may follow a chunk's size: RFC 9112 7.1.1 without its
// optional blanks, which only ever served to tell two parsers apart. Extensions mean nothing to us
// and are dropped; they are read so that a line which is not one is refused.
#pragma once

#include "core/base/bytes.h"

namespace aip::http {

// *( ";" token [ "=" ( token / quoted-string ) ] )
[[nodiscard]] bool valid_chunk_extensions(Bytes text) noexcept;

}  // namespace aip::http
