#pragma once

#include "manager/trust/known_host_line.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace manager::trust {

/// What the known_hosts files say about a host key.
enum class Verdict {
    known,     ///< this very key is on file
    unknown,   ///< nothing is on file about this host
    changed,   ///< other keys are on file, or only keys of other types: it may be somebody else
    revoked,   ///< the key is marked as @revoked
    authority, ///< only a certificate authority is on file, which only the system's ssh can ask
};

struct HostKeyCheck {
    Verdict verdict = Verdict::unknown;
    std::filesystem::path file; ///< where the entry stands that decided; empty for `unknown`
    std::size_t line = 0;       ///< from 1
    std::string type;           ///< key type of that entry
};

/// The host keys that we trust, from files in OpenSSH's known_hosts format. libssh2's own reader knows
/// neither
/// @revoked nor wildcards and gives up at the first odd line.
///
/// Any thread may call.
class KnownHosts {
public:
    /// Reads `files`; one that is not there counts as empty, what is no entry is skipped. Keys learned with
    /// add() go into `own`, which is read as well; an empty path means that nothing is learned.
    explicit KnownHosts(const std::vector<std::filesystem::path>& files, std::filesystem::path own = {});

    /// The types on file for a host ("ssh-ed25519"), in the order of the files, to be asked for first: a
    /// server with keys of several types then shows the one that can be checked.
    std::vector<std::string> key_types_for(std::string_view host, std::uint16_t port) const;

    /// What to think of `blob`, the raw public key that the host showed.
    HostKeyCheck check(std::string_view host, std::uint16_t port, std::string_view blob) const;

    /// What stands on file about a host, for another reader of this format: lines of known_hosts in which the
    /// host is called `name`.
    std::vector<std::string> lines_for(std::string_view host, std::uint16_t port,
                                       const std::string& name) const;

    bool has_authority(std::string_view host, std::uint16_t port) const;

    /// True when there is an authority on file for the host and none of its own keys.
    bool needs_authority(std::string_view host, std::uint16_t port) const;

    /// The known hosts in other files; what is learned goes into the same file of ours. Lives as long as this
    /// object, unless these files were chosen for the whole run by fix().
    KnownHosts& of_files(const std::vector<std::filesystem::path>& files);

    /// From now on of_files() gives these known hosts themselves: the user has named the files of the run.
    void fix() { fixed_ = true; }

    /// Remembers a key, durably, as --accept-new wants it. Throws Error when the file cannot be written.
    void add(std::string_view host, std::uint16_t port, std::string_view blob);

private:
    struct Place {
        std::filesystem::path file;
        std::size_t line = 0;
        KnownHostLine entry;
    };

    void read(const std::filesystem::path& file);
    std::vector<const Place*> matching(const std::string& name) const;

    mutable std::mutex mutex_;
    std::vector<Place> places_;
    std::filesystem::path own_;
    std::map<std::vector<std::filesystem::path>, std::unique_ptr<KnownHosts>> others_;
    bool fixed_ = false;
};

/// `host`, or `[host]:port` for another port than 22, in lower case: the name under which known_hosts has it.
std::string known_host_name(std::string_view host, std::uint16_t port);

/// `SHA256:` and base64 without padding, as ssh-keygen -l prints it.
std::string fingerprint(std::string_view blob);

} // namespace manager::trust
