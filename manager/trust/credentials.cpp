#include "manager/trust/credentials.hpp"

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/trust/ssh_agent.hpp"

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

std::vector<std::filesystem::path> usual_files()
{
    const char* home = std::getenv("HOME");
    if (home == nullptr || *home == '\0')
        return {};
    const std::filesystem::path folder = std::filesystem::path(home) / ".ssh";
    return {folder / "id_ed25519", folder / "id_ecdsa", folder / "id_rsa"};
}

} // namespace

Keys Credentials::keys_for(const std::vector<std::filesystem::path>& identities) const
{
    const std::lock_guard lock(mutex_);
    const std::vector<std::filesystem::path>& named = identities.empty() ? options_.identities : identities;
    Keys keys = named.empty() ? usual_keys() : named_keys(named);
    if (keys.keys.size() > most_keys) {
        keys.skipped.push_back("only the first " + std::to_string(most_keys) + " of " +
                               std::to_string(keys.keys.size()) + " keys were tried");
        keys.keys.resize(most_keys);
    }
    return keys;
}

Keys Credentials::named_keys(const std::vector<std::filesystem::path>& identities) const
{
    Keys keys;
    for (const std::filesystem::path& file : identities)
        keys.keys.push_back(key_in(file, options_.ask));
    return keys;
}

Keys Credentials::usual_keys() const
{
    Keys keys;
    keys.keys = agent_keys();
    if (!agent_problem_.empty())
        keys.skipped.push_back(agent_problem_);
    for (const std::filesystem::path& file : usual_files()) {
        std::error_code ignored;
        if (!std::filesystem::exists(file, ignored))
            continue;
        try {
            const UserKeyHandle key = key_in(file, nullptr);
            if (!find(keys.keys, key->blob()))
                keys.keys.push_back(key);
        } catch (const Error&
                     error) { // nobody asked for this file; but if nothing else fits, it may be the reason
            keys.skipped.push_back(error.text());
        }
    }
    return keys;
}

UserKeyHandle Credentials::key_in(const std::filesystem::path& file, const Ask& ask) const
{
    UserKeyHandle& key = files_[file];
    if (key)
        return key;
    const KeyFile content(file);
    if (content.encrypted())
        key = find(agent_keys(), content.public_blob());
    if (!key)
        key = std::make_shared<FileKey>(content.open(ask), file.string());
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
