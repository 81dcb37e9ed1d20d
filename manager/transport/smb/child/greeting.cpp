#include "manager/transport/smb/child/greeting.hpp"

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/transport/smb/child/netbios.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <sys/socket.h>

namespace manager::transport::smb::child {

using common::Error;
using common::Trouble;

namespace {

constexpr auto no_smb = "what answers there is no SMB";

// MS-SMB2 2.2.1 (header), 2.2.3 and 2.2.4 (NEGOTIATE); numbers are little-endian.
constexpr std::size_t header_size = 64;
constexpr std::size_t at_status = 8;
constexpr std::size_t at_dialect = header_size + 4;
constexpr std::size_t at_machine = header_size + 8; // ServerGuid
constexpr std::size_t machine_size = 16;
constexpr std::size_t at_time = header_size + 40;
constexpr std::size_t answer_size = at_time + 8; ///< as far as we look
constexpr std::uint32_t can_encrypt = 0x40;
constexpr std::array<std::uint16_t, 5> dialects{0x0202, dialect_2_1, dialect_3_0, 0x0302, 0x0311};

/// FILETIME counts 100 ns from 1601.
constexpr std::uint64_t ticks_a_second = 10'000'000;
constexpr std::int64_t seconds_before_1970 = 11'644'473'600;

void append(std::string& bytes, std::uint64_t value, std::size_t size)
{
    for (std::size_t i = 0; i < size; ++i)
        bytes += static_cast<char>(value >> (8 * i));
}

std::uint64_t number(std::string_view bytes, std::size_t at, std::size_t size)
{
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;)
        value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
    return value;
}

std::string hexadecimal(std::uint64_t value)
{
    char text[20];
    std::snprintf(text, sizeof text, "0x%08llX", static_cast<unsigned long long>(value));
    return text;
}

std::string header()
{
    std::string bytes("\xFESMB");
    append(bytes, header_size, 2);
    append(bytes, 0, 8); // credits asked below; no status; command 0, NEGOTIATE
    append(bytes, 1, 2); // credits
    bytes.resize(header_size);
    return bytes;
}

/// What SMB 3.1.1 wants to be told besides: the hash of the talk, and its salt.
std::string hash_context()
{
    std::string bytes;
    append(bytes, 1, 2);  // SMB2_PREAUTH_INTEGRITY_CAPABILITIES
    append(bytes, 38, 2); // bytes that follow the next four
    append(bytes, 0, 4);
    append(bytes, 1, 2);      // one algorithm
    append(bytes, 32, 2);     // bytes of salt
    append(bytes, 1, 2);      // SHA-512
    bytes.append(32, '\x5A'); // nothing is kept secret by this talk, so the salt need not be random
    return bytes;
}

/// Four bytes of length before each message; of which the first tells its kind, 0 for SMB.
std::string framed(const std::string& message, char kind = 0)
{
    std::string bytes(1, kind);
    for (const int shift : {16, 8, 0})
        bytes += static_cast<char>(message.size() >> shift);
    return bytes + message;
}

[[noreturn]] void give_up(const std::string& seen)
{
    throw Error(Trouble::unreachable, seen);
}

/// The last call has failed.
[[noreturn]] void give_up()
{
    give_up(errno == EAGAIN ? "no answer in time" : common::error_text(errno));
}

void send_all(int socket, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t put = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (put <= 0)
            give_up();
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
}

std::string receive(int socket, std::size_t size)
{
    std::string bytes(size, '\0');
    const ssize_t got = size == 0 ? 0 : ::recv(socket, bytes.data(), size, MSG_WAITALL);
    if (got < 0)
        give_up();
    if (got == 0 && size > 0)
        give_up("it hung up when it was greeted, as what knows only SMB 1 does, too");
    if (static_cast<std::size_t>(got) < size)
        give_up("its answer ends in the middle");
    return bytes;
}

/// The next message; `kind` as above. A server of SMB 2 sends no longer ones here.
std::string receive_message(int socket, char kind)
{
    const std::string head = receive(socket, 4);
    const auto byte = [&](std::size_t at) {
        return static_cast<std::size_t>(static_cast<std::uint8_t>(head[at]));
    };
    constexpr char refused = '\x83';
    if (head[0] == refused)
        give_up("it refused a NetBIOS session");
    const std::size_t size = byte(1) << 16 | byte(2) << 8 | byte(3);
    constexpr std::size_t longest = 64 << 10;
    if (head[0] != kind || size > longest)
        give_up(no_smb);
    return receive(socket, size);
}

/// On port 139 a session is asked for first, with a name that every server takes for its own.
void begin_session(int socket)
{
    constexpr char request = '\x81';
    constexpr char accepted = '\x82';
    send_all(socket, framed(encoded_name("*SMBSERVER") + encoded_name("SOAPSTONE"), request));
    receive_message(socket, accepted);
}

} // namespace

std::string negotiate_request()
{
    std::string bytes = header();
    append(bytes, 36, 2); // StructureSize
    append(bytes, dialects.size(), 2);
    append(bytes, 1, 2); // signing enabled
    append(bytes, 0, 2);
    append(bytes, can_encrypt, 4);
    bytes.append(16, '\x5A'); // ClientGuid
    const std::size_t contexts = (header_size + 36 + 2 * dialects.size() + 7) / 8 * 8;
    append(bytes, contexts, 4);
    append(bytes, 1, 2); // how many
    append(bytes, 0, 2);
    for (const std::uint16_t dialect : dialects)
        append(bytes, dialect, 2);
    bytes.resize(contexts);
    return bytes + hash_context();
}

Greeting read_negotiate_answer(std::string_view answer)
{
    Greeting greeting;
    if (answer.starts_with("\xFFSMB")) {
        greeting.dialect = dialect_1;
        return greeting;
    }
    if (answer.size() < header_size || !answer.starts_with("\xFESMB"))
        give_up(no_smb);
    if (const auto status = number(answer, at_status, 4); status != 0)
        give_up("it answered the greeting with the error " + hexadecimal(status));
    if (answer.size() < answer_size)
        give_up("its answer ends in the middle");
    greeting.dialect = static_cast<std::uint16_t>(number(answer, at_dialect, 2));
    greeting.time =
        static_cast<std::int64_t>(number(answer, at_time, 8) / ticks_a_second) - seconds_before_1970;
    greeting.machine = common::to_hex(answer.substr(at_machine, machine_size));
    return greeting;
}

Greeting greet(const Connection& connection, std::uint16_t port)
{
    const int socket = connection.socket.get();
    if (port == netbios_port)
        begin_session(socket);
    send_all(socket, framed(negotiate_request()));
    return read_negotiate_answer(receive_message(socket, 0));
}

} // namespace manager::transport::smb::child
