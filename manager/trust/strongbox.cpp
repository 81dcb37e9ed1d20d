#include "manager/trust/strongbox.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"

#include <nlohmann/json.hpp>

namespace manager::trust {

namespace {

using common::Error;
using common::Secret;
using common::Trouble;
using nlohmann::json;

constexpr const char* format = "soapstone-strongbox/1"; // stands for scrypt's parameters, too
constexpr std::size_t least_secret = 16;                // bytes
constexpr std::uint64_t most_bytes = 64 << 10;
constexpr std::string_view proof_name = "proof";

std::string unhexed(const std::string& digits, const std::filesystem::path& file)
{
    const std::optional<std::string> bytes = common::from_hex(digits);
    if (!bytes)
        throw Error(Trouble::rejected, file.string() + " is damaged");
    return *bytes;
}

SealingKey make_key(const std::filesystem::path& file, const Secret& secret)
{
    const std::string salt = common::os::random_bytes(SealingKey::salt_size);
    SealingKey key = SealingKey::derive(secret, salt);
    const std::string proof = key.seal(Secret("soapstone"), proof_name);
    const json content{{"format", format}, {"salt", common::to_hex(salt)}, {"proof", common::to_hex(proof)}};
    common::os::make_private_folder(file.parent_path());
    common::os::write_file_durably(file, content.dump(2) + '\n');
    return key;
}

SealingKey find_key(const std::filesystem::path& file, const std::string& text, const Secret& secret)
{
    std::string salt;
    std::string proof;
    try {
        const json content = json::parse(text);
        if (content.at("format") != format)
            throw Error(Trouble::rejected, file.string() + " is of another version");
        salt = unhexed(content.at("salt"), file);
        proof = unhexed(content.at("proof"), file);
    } catch (const json::exception&) {
        throw Error(Trouble::rejected, file.string() + " is damaged");
    }
    SealingKey key = SealingKey::derive(secret, salt);
    try {
        key.open(proof, proof_name);
    } catch (const Error&) {
        throw Error(Trouble::denied, "the key is not the one that " + file.string() + " was made with",
                    "give that one; without it what is sealed there is lost: remove the file to begin anew");
    }
    return key;
}

} // namespace

Strongbox Strongbox::open(const std::filesystem::path& folder, const Secret& secret)
{
    if (secret.size() < least_secret)
        throw Error(Trouble::invalid, "a key for sealing has at least 16 bytes",
                    "make one: openssl rand -hex 32 >FILE");
    const std::filesystem::path file = folder / "strongbox.json";
    const std::optional<std::string> text = common::os::read_file_if_there(file, most_bytes);
    return Strongbox(text ? find_key(file, *text, secret) : make_key(file, secret));
}

std::string Strongbox::seal(const Secret& text, std::string_view name) const
{
    return common::to_hex(key_.seal(text, name));
}

Secret Strongbox::unseal(std::string_view sealed, std::string_view name) const
{
    return key_.open(common::from_hex(sealed).value_or(""), name);
}

} // namespace manager::trust
