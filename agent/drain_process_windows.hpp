#pragma once

#include <string_view>

/// What a drain and its process say to each other: orders first, then one byte when the installer has ended,
/// then the answer.
namespace agent {

inline constexpr std::string_view drain_orders = "soapstone-drain 1";
inline constexpr std::string_view end_word = "e";
inline constexpr std::string_view drain_answer = "soapstone-drained 1";

/// `soapstone-agent drain`: the process's whole life. Returns the exit status.
int drain_main();

} // namespace agent
