#pragma once

#include "common/clock.hpp"
#include "manager/transport/smb/child/connection.hpp"

#include <cstdint>
#include <string>

namespace manager::transport::smb::child {

/// What an SMB server says before it knows who asks. Nobody vouches for it.
struct Greeting {
    std::uint16_t dialect = 0; ///< the newest that both know: 0x0210 is SMB 2.1, 0x0311 is SMB 3.1.1
    std::int64_t time = 0;     ///< its clock, seconds since 1970, rounded down
    std::string
        machine; ///< by which it tells itself from others, 32 hex digits; the same under all its names
};

constexpr std::uint16_t dialect_1 = 1; ///< our own number: SMB 1 tells none
constexpr std::uint16_t dialect_2_1 = 0x0210;
constexpr std::uint16_t dialect_3_0 = 0x0300;
constexpr std::uint16_t netbios_port = 139; ///< where a session begins with names; everywhere else with SMB

/// Asks what answers on `connection` to `port` for its dialect, by our own hand: the libraries do not tell.
/// Throws `unreachable` with what was seen, when that is no answer of SMB: nothing is known of the target
/// then.
Greeting greet(const Connection& connection, std::uint16_t port);

/// The bytes that ask so, and what an answer (without the length before it) says; for greet() and its test.
std::string negotiate_request();
Greeting read_negotiate_answer(std::string_view answer);

} // namespace manager::transport::smb::child
