#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace manager::baseline {

/// How one version stands to another.
enum class Order {
    older,
    same,
    newer,
    unknown, ///< nobody can tell; this is never "up to date"
};

/// A version of firmware taken apart. Vendors write them as they like: "2.46 May 11 2021",
/// "A43 v2.52 (10/29/2021)", "0x0D", "9.1.0 Build 36", "PFC_01.13-SEC_04.08".
struct FirmwareVersion {
    std::string prefix;                      ///< what stands before, as "A43"; letters and digits, upper case
    std::vector<std::uint64_t> numbers;      ///< most significant first, without zeros at the end
    bool hexadecimal = false;                ///< the number was written so: "0x0D", "0D"
    std::string rest;                        ///< what stands behind, upper case, each number in it as '#'
    std::vector<std::uint64_t> rest_numbers; ///< a build and the like, in the order in which they stand there
    std::optional<std::uint32_t> date;       ///< 20211029
};

/// Nothing when `text` holds no number, or is damaged ("N/A", "undefined", "0\x14").
std::optional<FirmwareVersion> parse_firmware_version(std::string_view text);

/// How `left` stands to `right`: older, when it is the older one. Unknown unless both are versions that can
/// be compared: of one family, and equal in form behind the numbers where the numbers are equal. A date, a
/// family or a "v" that only one of them has makes no difference.
Order compare_firmware_versions(std::string_view left, std::string_view right);

} // namespace manager::baseline
