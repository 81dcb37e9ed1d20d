#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace manager::baseline {

/// A GUID as it is compared: 36 characters, lower case, without braces. Nothing when `text` is none, or the
/// one that is all zeros.
std::optional<std::string> guid_of(std::string_view text);

/// The GUID of 16 bytes, which stand in the order in which they are written.
std::string guid_text(std::string_view bytes);

/// The GUID that fwupd gives to an instance id like REDFISH\VENDOR_X&SOFTWAREID_Y: a UUID of version 5 in the
/// name space of DNS.
std::string guid_of_instance(std::string_view id);

} // namespace manager::baseline
