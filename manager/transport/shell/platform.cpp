#include "manager/transport/shell/platform.hpp"

#include "common/error.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <arpa/inet.h>

namespace manager::transport::shell {

namespace {

/// The value of `key` in `text`, up to the next blank.
std::string_view value_of(std::string_view text, std::string_view key)
{
    const std::size_t at = text.find(key);
    if (at == std::string_view::npos)
        return {};
    text.remove_prefix(at + key.size());
    return text.substr(0, text.find(' '));
}

/// A scope is a number or the name of an interface. What it may not be is a piece of a command: addresses
/// stand in those that people are told to type.
bool is_scope(std::string_view text)
{
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    constexpr std::size_t longest = 15; // IFNAMSIZ of linux/if.h, without its end
    return text.size() <= longest && text.find_first_not_of(letters) == std::string_view::npos;
}

} // namespace

std::string numeric_address(std::string_view address)
{
    constexpr std::string_view mapped = "::ffff:";
    if (address.substr(0, mapped.size()) == mapped && address.find('.') != std::string_view::npos)
        address.remove_prefix(mapped.size());
    const std::size_t end = std::min(address.find('%'), address.size());
    const std::string plain(address.substr(0, end)); // a scope is no part of the number
    in6_addr bytes{};
    const bool numeric =
        ::inet_pton(AF_INET, plain.c_str(), &bytes) == 1 || ::inet_pton(AF_INET6, plain.c_str(), &bytes) == 1;
    return numeric && is_scope(address.substr(std::min(end + 1, address.size()))) ? std::string(address)
                                                                                  : std::string();
}

Platform parse_platform(std::string_view text)
{
    Platform platform;
    platform.os = "Linux"; // the script has looked, and goes on nowhere else and as nobody else than root
    platform.root = true;
    platform.architecture = common::one_line(value_of(text, "arch="), 40);
    const std::vector<std::string> ends = common::split(value_of(text, "conn="), ',');
    if (ends.size() == 4) {
        platform.our_address = numeric_address(ends[0]);
        platform.session_address = numeric_address(ends[2]);
    }
    // Clones may share a machine id, and containers a boot id: only both together name a machine.
    const std::string machine = common::one_line(value_of(text, " machine="), 100);
    if (!machine.starts_with(',') && !machine.ends_with(','))
        platform.machine = machine;
    constexpr std::string_view folder = " dir=";
    if (const std::size_t at = text.find(folder); at != std::string_view::npos)
        platform.folder = text.substr(at + folder.size());
    if (platform.folder.empty() || platform.folder[0] != '/' ||
        common::one_line(platform.folder) != platform.folder)
        throw common::Error(common::Trouble::rejected,
                            "the target names no usable folder: " + common::one_line(text, 200));
    return platform;
}

} // namespace manager::transport::shell
