#include "manager/transport/openssh/key_agent.hpp"

#include "common/error.hpp"
#include "manager/trust/wire.hpp"

#include <algorithm>

namespace manager::transport::openssh {

namespace wire = trust::wire;

namespace {

// RFC draft-miller-ssh-agent
constexpr std::uint8_t list_request = 11;
constexpr char list_answer = 12;
constexpr std::uint8_t sign_request = 13;
constexpr char sign_answer = 14;
constexpr std::uint32_t flag_sha256 = 2;
constexpr std::uint32_t flag_sha512 = 4;

const std::string failure(1, 5);

std::string list_of(const std::vector<trust::UserKeyHandle>& keys)
{
    std::string answer = list_answer + wire::number(static_cast<std::uint32_t>(keys.size()));
    for (const trust::UserKeyHandle& key : keys)
        answer += wire::string(key->blob()) + wire::string(key->name());
    return answer;
}

std::string algorithm_for(const trust::UserKey& key, std::uint32_t flags)
{
    if (key.type() != "ssh-rsa")
        return std::string(key.type());
    return (flags & flag_sha512) != 0   ? "rsa-sha2-512"
           : (flags & flag_sha256) != 0 ? "rsa-sha2-256"
                                        : "ssh-rsa";
}

std::string signature(const std::vector<trust::UserKeyHandle>& keys, wire::Reader reader)
{
    const std::optional<std::string_view> blob = reader.string();
    const std::optional<std::string_view> data = reader.string();
    const std::optional<std::uint32_t> flags = reader.number();
    if (!blob || !data || !flags)
        return failure;
    const auto key = std::find_if(keys.begin(), keys.end(),
                                  [&](const auto& candidate) { return candidate->blob() == *blob; });
    if (key == keys.end())
        return failure;
    const std::string algorithm = algorithm_for(**key, *flags);
    return sign_answer + wire::string(wire::string(algorithm) + wire::string((*key)->sign(*data, algorithm)));
}

} // namespace

std::string answer_as_agent(const std::vector<trust::UserKeyHandle>& keys, std::string_view request)
{
    wire::Reader reader(request);
    const std::optional<std::uint8_t> type = reader.byte();
    try {
        if (type == list_request)
            return list_of(keys);
        if (type == sign_request)
            return signature(keys, reader);
    } catch (const common::Error&) { // a key that cannot sign; ssh then tries the next one
    }
    return failure;
}

} // namespace manager::transport::openssh
