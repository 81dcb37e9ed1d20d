#include "manager/transport/smb/child/greeting.hpp"

#include "manager/transport/smb/child/netbios.hpp"

#include <array>
#include <string_view>
#include <sys/socket.h>

namespace manager::transport::smb::child {

namespace {

// MS-SMB2 2.2.1 (header), 2.2.3 and 2.2.4 (NEGOTIATE); numbers are little-endian.
constexpr std::size_t header_size = 64;
constexpr std::size_t at_status = 8;
constexpr std::size_t at_dialect = header_size + 4;
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

bool send_all(int socket, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t put = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (put <= 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
}

std::optional<std::string> receive(int socket, std::size_t size)
{
    std::string bytes(size, '\0');
    if (size > 0 && ::recv(socket, bytes.data(), size, MSG_WAITALL) != static_cast<ssize_t>(size))
        return std::nullopt;
    return bytes;
}

/// The next message; `kind` as above. A server of SMB 2 sends no longer ones here.
std::optional<std::string> receive_message(int socket, char kind)
{
    const std::optional<std::string> head = receive(socket, 4);
    if (!head || (*head)[0] != kind)
        return std::nullopt;
    const auto byte = [&](std::size_t at) {
        return static_cast<std::size_t>(static_cast<std::uint8_t>((*head)[at]));
    };
    const std::size_t size = byte(1) << 16 | byte(2) << 8 | byte(3);
    constexpr std::size_t longest = 64 << 10;
    return size > longest ? std::nullopt : receive(socket, size);
}

/// On port 139 a session is asked for first, with a name that every server takes for its own.
bool begin_session(int socket)
{
    constexpr char request = '\x81';
    constexpr char accepted = '\x82';
    return send_all(socket, framed(encoded_name("*SMBSERVER") + encoded_name("SOAPSTONE"), request)) &&
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

std::optional<Greeting> read_negotiate_answer(std::string_view answer)
{
    if (answer.size() < answer_size || !answer.starts_with("\xFESMB") || number(answer, at_status, 4) != 0)
        return std::nullopt;
    Greeting greeting;
    greeting.dialect = static_cast<std::uint16_t>(number(answer, at_dialect, 2));
    greeting.time =
        static_cast<std::int64_t>(number(answer, at_time, 8) / ticks_a_second) - seconds_before_1970;
    return greeting;
}

std::optional<Greeting> greet(const Connection& connection, std::uint16_t port)
{
    const int socket = connection.socket.get();
    if (port == netbios_port && !begin_session(socket))
        return std::nullopt;
    if (!send_all(socket, framed(negotiate_request())))
        return std::nullopt;
    const std::optional<std::string> answer = receive_message(socket, 0);
    return answer ? read_negotiate_answer(*answer) : std::nullopt;
}

} // namespace manager::transport::smb::child
