#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace common {

/// What one target is told to do: end this boot and begin another one. Signed as a JobOrder is. Naming the
/// boot makes it good for one reboot only, however often it is sent.
struct RebootOrder {
    std::string run;
    std::string target;
    std::string machine; ///< machine id of the target; empty = not known
    std::string boot;    ///< os::boot_id() of the boot that is to end
    std::chrono::seconds delay{0};
    std::string message; ///< one line for who is logged in there; may be empty

    static constexpr std::chrono::seconds longest_delay{3600};
    static constexpr std::size_t longest_message = 256; ///< bytes

    std::string text() const;
    static RebootOrder parse(std::string_view text); ///< throws `invalid`
};

} // namespace common
