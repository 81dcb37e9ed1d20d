#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace manager::cli {

/// Where a manager process listens.
struct Places {
    std::string listen;    ///< empty: all addresses
    std::string advertise; ///< empty: the address from which each target sees us
    std::uint16_t api_port = 60000;
    std::uint16_t local_port = 61000;
    std::uint16_t callback_port = 61001;
    bool web = false;                      ///< people may look at runs in a browser
    std::optional<std::uint16_t> web_port; ///< none: 80, else one of 63000-63005
};

} // namespace manager::cli
