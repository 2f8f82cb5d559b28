// upstream.h - the calls to Bing: addresses, headers, the image's form. The cookie goes by handle.
//
// Tests: tests/golden/bing
#pragma once

#include <aiproxy/plugin.hpp>

#include <string>
#include <string_view>

#include "conversation.h"
#include "settings.h"

namespace aip::bing {

[[nodiscard]] std::string query_escaped(std::string_view text);

[[nodiscard]] sdk::Call create_call(const Settings& settings, std::uint32_t cookie);
[[nodiscard]] sdk::Call list_call(const Settings& settings, std::uint32_t cookie);
// `body` must live until the call has been started.
[[nodiscard]] sdk::Call delete_call(const Settings& settings, std::uint32_t cookie,
                                    std::string_view body);
[[nodiscard]] std::string delete_body(std::string_view id, std::string_view signature,
                                      std::string_view client_id);

struct ImageForm {
  std::string content_type, body;
};
[[nodiscard]] ImageForm image_form(std::string_view base64, std::string_view tone);
[[nodiscard]] sdk::Call upload_call(const Settings& settings, std::uint32_t cookie,
                                    const ImageForm& form);
[[nodiscard]] std::string image_url(const Settings& settings, std::string_view blob_id);

[[nodiscard]] sdk::Call hub_call(const Settings& settings, std::uint32_t cookie,
                                 std::string_view signature);

}  // namespace aip::bing
