#pragma once

#include "manager/target/target.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace manager::target {

/// What ssh_config says of one host, as it stands there. Nothing: not said.
struct HostSettings {
    std::optional<std::string> host_name; ///< with %h
    std::optional<std::string> user;
    std::optional<std::uint16_t> port;
    std::vector<std::string> identity_files;
    std::optional<bool> identities_only;
    std::optional<std::string> host_key_alias;
    std::optional<std::vector<std::string>> known_hosts;
    std::optional<std::string> proxy_jump;    ///< may be "none"
    std::optional<std::string> proxy_command; ///< may be "none"; never together with a jump
};

/// The files that tell ssh how hosts are reached (ssh_config(5)), read once, asked for each target.
///
/// Host patterns, Include, and of Match: all, host, originalhost, user. Other criteria of Match never match;
/// no command is run to find out. What else stands in the files is passed over.
class SshConfig {
public:
    /// Says nothing of any host.
    SshConfig();
    ~SshConfig();
    SshConfig(SshConfig&&) noexcept;
    SshConfig& operator=(SshConfig&&) noexcept;

    /// What `word` of the command line means: a file, "none", or (empty) the usual files.
    static SshConfig named(const std::string& word);

    /// ~/.ssh/config, which goes first, and /etc/ssh/ssh_config. Throws `invalid`, with file and line.
    static SshConfig usual();

    /// This file alone. Throws `invalid`, also when it cannot be read.
    static SshConfig in(const std::filesystem::path& file);

    /// What stands there of the host that the user calls `name` when he logs in as `user` (empty: not said).
    HostSettings find(const std::string& name, const std::string& user) const;

    /// Puts into `target`, and into the hosts on the way to it, what the user has not said himself.
    void complete(Target& target) const { complete(target, 0); }

private:
    class Reader;
    struct Line;

    void complete(Target& target, int depth) const;
    void complete_jumps(Target& target, int depth) const;

    std::vector<Line> lines_;
};

/// The hosts of `[user@]host[:port],...`, nearest first; none for "none". A host that names no user is logged
/// in to as ssh does it: with the name of the user who runs us. Throws `invalid`.
std::vector<Target> parse_jumps(const std::string& spec);

} // namespace manager::target
