// host_check.h - the Host of a request on an open listener: the guard against DNS rebinding.
//
// A web page can point its own name at this machine's address and then call the gateway from the
// user's browser, with Host: that name. So a name must be one that we know: localhost and what ends
// with .localhost, the listener's own, or one of `hosts`. An IP address cannot be rebound and
// passes. A request without Host is no browser's.
#pragma once

#include "core/base/result.h"
#include "core/config/config.h"
#include "core/http/message.h"

namespace aip::admit {

[[nodiscard]] Status check_host(const config::Listener& listener, const http::RequestHead& head);

}  // namespace aip::admit
