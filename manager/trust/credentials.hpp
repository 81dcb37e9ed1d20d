#pragma once

#include "common/secret.hpp"
#include "manager/trust/key_file.hpp"
#include "manager/trust/user_key.hpp"

#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace manager::trust {

/// What the user gave to log in with.
struct LoginOptions {
    std::vector<std::filesystem::path> identities; ///< key files for targets that name none
    std::vector<UserKeyHandle> keys{};             ///< the same, in memory; go before the files
    bool use_agent = true;                         ///< ask the ssh-agent that SSH_AUTH_SOCK names
    common::Secret password;                       ///< of the login; empty = none
    common::Secret sudo_password; ///< for sudo's or su's prompt; for sudo, empty = the login's, if any
    Ask ask;                      ///< for passphrases of key files; empty = nobody can be asked
    /// Opens an encrypted key of OpenSSH's own format, which KeyText cannot; empty: it stays shut.
    std::function<PrivateKey(const KeyText& key, const Ask& ask)> decrypt{};
};

/// The keys to try for one target.
struct Keys {
    std::vector<UserKeyHandle> keys; ///< best first; no more than a server's patience allows
    std::vector<std::string>
        skipped;        ///< why others are not among them, for the message when none is accepted
    bool named = false; ///< these and no others are to be tried: the user or ssh_config named their files
    /// Files that only the system's ssh can use: keys whose private half is in a security token, and
    /// certificates that lie beside key files.
    std::vector<std::filesystem::path> tokens;
    std::vector<std::filesystem::path> certificates;
};

/// What ssh_config says about the keys for one target.
struct ConfiguredKeys {
    std::vector<std::filesystem::path> files; ///< one that is not there is passed over
    bool only = false;                        ///< no other keys of the ssh-agent besides those
};

/// All that a run can log in with. Key files are read and decrypted, and passphrases asked for, once per run.
///
/// Any thread may call.
class Credentials {
public:
    explicit Credentials(LoginOptions options) : options_(std::move(options)) {}

    /// With keys named, by the target (`identities`) or for the run, only those, files opened by the agent
    /// where it holds them. With none named: those of ssh_config and the agent's other keys; with none there,
    /// either: the agent's keys, then the usual files in ~/.ssh. Throws `invalid` or `denied` when a named
    /// file cannot be used.
    Keys keys_for(const std::vector<std::filesystem::path>& identities,
                  const ConfiguredKeys& configured = {}) const;

    /// The key files that ssh tries when none is named, where they are there.
    static std::vector<std::filesystem::path> usual_files();

    bool use_agent() const { return options_.use_agent; }

    const common::Secret& password() const { return options_.password; }
    const common::Secret& sudo_password() const
    {
        return options_.sudo_password.empty() ? options_.password : options_.sudo_password;
    }
    const common::Secret& su_password() const { return options_.sudo_password; } ///< root's; may be empty

private:
    Keys all_keys_for(const std::vector<std::filesystem::path>& identities,
                      const ConfiguredKeys& configured) const;
    Keys named_keys(std::vector<UserKeyHandle> held, const std::vector<std::filesystem::path>& files) const;
    Keys configured_keys(const ConfiguredKeys& configured) const;
    Keys usual_keys() const;
    void add_file(Keys& keys, const std::filesystem::path& file, const Ask& ask) const;
    void add_agent_keys(Keys& keys) const;
    UserKeyHandle key_in(const std::filesystem::path& file, const Ask& ask) const;
    const std::vector<UserKeyHandle>& agent_keys() const;

    LoginOptions options_;
    mutable std::mutex mutex_; ///< held while a human is asked, so that nobody is asked twice
    mutable std::map<std::filesystem::path, UserKeyHandle> files_;
    mutable std::optional<std::vector<UserKeyHandle>> agent_;
    mutable std::string agent_problem_;
};

} // namespace manager::trust
