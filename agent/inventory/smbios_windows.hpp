#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace agent::inventory {

/// What the firmware says of the machine as a whole (structure type 1 of SMBIOS).
struct SystemInformation {
    std::optional<std::string> serial;
    std::optional<std::string>
        uuid; ///< as written by Linux: capital letters, the first three groups byte-swapped
};

/// What is in `tables`, the bytes of SMBIOS' structures; nothing of it has to be true.
SystemInformation system_information(std::string_view tables);

} // namespace agent::inventory
