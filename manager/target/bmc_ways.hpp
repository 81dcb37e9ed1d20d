#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace manager::target {

/// How an image gets to a BMC.
enum class BmcMethod {
    pull,      ///< it fetches the image from our web server
    multipart, ///< sent as a form: MultipartHttpPushUri
    push,      ///< sent as it is, or in the vendor's own way: HttpPushUri
    ribcl,     ///< HPE's XML of before Redfish
};

/// Whether a BMC may fetch images from us, and how.
enum class BmcPull { never, http, https };

inline constexpr std::array bmc_methods{
    std::pair{std::string_view("pull"), BmcMethod::pull},
    std::pair{std::string_view("multipart"), BmcMethod::multipart},
    std::pair{std::string_view("push"), BmcMethod::push},
    std::pair{std::string_view("ribcl"), BmcMethod::ribcl},
};
inline constexpr std::array bmc_pulls{
    std::pair{std::string_view("never"), BmcPull::never},
    std::pair{std::string_view("http"), BmcPull::http},
    std::pair{std::string_view("https"), BmcPull::https},
};

/// The word for `value` in one of these tables.
template <typename Table, typename Value>
constexpr std::string_view word_for(const Table& table, Value value)
{
    for (const auto& [word, entry] : table)
        if (entry == value)
            return word;
    return {};
}

/// What `word` stands for in one of these tables.
template <typename Table>
constexpr auto named(const Table& table, std::string_view word)
    -> std::optional<typename Table::value_type::second_type>
{
    for (const auto& [name, entry] : table)
        if (name == word)
            return entry;
    return std::nullopt;
}

} // namespace manager::target
