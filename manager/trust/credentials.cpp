#include "manager/trust/credentials.hpp"

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/trust/ssh_agent.hpp"
#include "manager/trust/wire.hpp"

#include <algorithm>
#include <cstdlib>

namespace manager::trust {

using common::Error;

namespace {

/// OpenSSH's MaxAuthTries is 6; one is needed to ask for the methods.
constexpr std::size_t most_keys = 4;

UserKeyHandle find(const std::vector<UserKeyHandle>& keys, const std::optional<std::string>& blob)
{
    const auto found =
        std::find_if(keys.begin(), keys.end(), [&](const auto& key) { return key->blob() == blob; });
    return found == keys.end() ? nullptr : *found;
}

/// True when only a security token can sign with the key.
bool is_token(const KeyFile& file)
{
    return wire::key_type(file.public_blob().value_or(std::string())).substr(0, 3) == "sk-";
}

std::filesystem::path certificate_of(const std::filesystem::path& file)
{
    std::filesystem::path certificate = file;
    return certificate += "-cert.pub";
}

bool is_there(const std::filesystem::path& file)
{
    std::error_code ignored;
    return std::filesystem::exists(file, ignored);
}

} // namespace

std::vector<std::filesystem::path> Credentials::usual_files()
{
    const char* home = std::getenv("HOME");
    std::vector<std::filesystem::path> files;
    for (const char* name : {"id_ed25519", "id_ecdsa", "id_rsa", "id_ed25519_sk", "id_ecdsa_sk"})
        if (home != nullptr && *home != '\0')
            files.push_back(std::filesystem::path(home) / ".ssh" / name);
    std::erase_if(files, [](const auto& file) { return !is_there(file); });
    return files;
}

Keys Credentials::keys_for(const std::vector<std::filesystem::path>& identities,
                           const ConfiguredKeys& configured) const
{
    const std::lock_guard lock(mutex_);
    Keys keys = all_keys_for(identities, configured);
    if (keys.keys.size() > most_keys) {
        keys.skipped.push_back("only the first " + std::to_string(most_keys) + " of " +
                               std::to_string(keys.keys.size()) + " keys were tried");
        keys.keys.resize(most_keys);
    }
    return keys;
}

Keys Credentials::all_keys_for(const std::vector<std::filesystem::path>& identities,
                               const ConfiguredKeys& configured) const
{
    if (!identities.empty())
        return named_keys({}, identities);
    if (!options_.keys.empty() || !options_.identities.empty())
        return named_keys(options_.keys, options_.identities);
    return configured.files.empty() ? usual_keys() : configured_keys(configured);
}

Keys Credentials::named_keys(std::vector<UserKeyHandle> held,
                             const std::vector<std::filesystem::path>& files) const
{
    Keys keys;
    keys.keys = std::move(held);
    keys.named = true;
    for (const std::filesystem::path& file : files)
        add_file(keys, file, options_.ask);
    return keys;
}

Keys Credentials::configured_keys(const ConfiguredKeys& configured) const
{
    Keys keys;
    keys.named = true;
    for (const std::filesystem::path& file : configured.files) {
        if (!is_there(file))
            continue;
        try {
            add_file(keys, file, options_.ask);
        } catch (const Error& error) {
            keys.skipped.push_back(error.text());
        }
    }
    if (!configured.only)
        add_agent_keys(keys);
    return keys;
}

Keys Credentials::usual_keys() const
{
    Keys keys;
    add_agent_keys(keys);
    for (const std::filesystem::path& file : usual_files()) {
        try {
            add_file(keys, file, nullptr);
        } catch (const Error&
                     error) { // nobody asked for this file; but if nothing else fits, it may be the reason
            keys.skipped.push_back(error.text());
        }
    }
    return keys;
}

void Credentials::add_agent_keys(Keys& keys) const
{
    for (const UserKeyHandle& key : agent_keys())
        if (!find(keys.keys, key->blob()))
            keys.keys.push_back(key);
    if (!agent_problem_.empty())
        keys.skipped.push_back(agent_problem_);
}

void Credentials::add_file(Keys& keys, const std::filesystem::path& file, const Ask& ask) const
{
    if (is_token(KeyFile(file))) {
        keys.tokens.push_back(file);
        return;
    }
    const UserKeyHandle key = key_in(file, ask);
    if (!find(keys.keys, key->blob()))
        keys.keys.push_back(key);
    if (is_there(certificate_of(file)))
        keys.certificates.push_back(certificate_of(file));
}

UserKeyHandle Credentials::key_in(const std::filesystem::path& file, const Ask& ask) const
{
    UserKeyHandle& key = files_[file];
    if (key)
        return key;
    const KeyFile there(file);
    const KeyText& content = there.content();
    if (content.encrypted())
        key = find(agent_keys(), there.public_blob());
    if (!key) {
        const bool by_others = content.is_openssh() && content.encrypted() && ask && options_.decrypt;
        key = std::make_shared<FileKey>(by_others ? options_.decrypt(content, ask) : content.open(ask),
                                        file.string());
    }
    return key;
}

const std::vector<UserKeyHandle>& Credentials::agent_keys() const
{
    if (agent_)
        return *agent_;
    agent_.emplace();
    if (const std::optional<SshAgent> agent = SshAgent::from_environment(); agent && options_.use_agent) {
        try {
            *agent_ = agent->keys();
        } catch (const Error& error) { // an agent that died long ago is common, and no reason to give up
            agent_problem_ = error.text();
        }
    }
    return *agent_;
}

} // namespace manager::trust
