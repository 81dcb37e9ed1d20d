#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The data types of the SSH protocols (RFC 4251 section 5), as in key blobs and the agent's messages.
namespace manager::trust::wire {

std::string number(std::uint32_t value);
std::string string(std::string_view bytes);

/// A positive big number given in big-endian bytes.
std::string mpint(std::string_view magnitude);

/// Takes pieces from the front of a text that it does not own. A short text makes every further take fail.
class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    std::optional<std::uint8_t> byte();
    std::optional<std::uint32_t> number();
    std::optional<std::string_view> string();

    std::string_view rest() const { return bytes_; }
    bool skip(std::size_t size);

private:
    std::string_view bytes_;
};

/// The type that a key blob starts with, as "ssh-ed25519"; empty when it is not a blob.
std::string_view key_type(std::string_view blob);

} // namespace manager::trust::wire
