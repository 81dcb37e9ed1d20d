#pragma once

#include "common/os/descriptor.hpp"
#include "tests/support/scratch.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace tests {

/// A Linux host in a box, for one test program: namespaces of its own, a copy-on-write disk, users, a real
/// sshd on loopback. See ssh_host.sh. Gone with everything in it when the object goes. Needs root.
class SshHost {
public:
    SshHost();
    SshHost(const SshHost&) = delete;
    SshHost& operator=(const SshHost&) = delete;
    ~SshHost();

    /// Starts one more sshd with these settings ("PasswordAuthentication no") and says on which port.
    std::uint16_t sshd(const std::vector<std::string>& settings = {});

    /// Runs a command line in the host and returns what it printed. Throws when it fails.
    std::string run(const std::string& command);

    /// True when the host has this program.
    bool has(const std::string& program);

    /// Where a file of the host is to be found from outside.
    std::filesystem::path path(const std::string& path) const;

    /// A private key of the host's users, copied to a file of ours: "ed25519", "ecdsa" or "rsa".
    std::filesystem::path user_key(const std::string& kind);

    /// The line for known_hosts for the host's key of this kind, without the name in front.
    std::string host_key(const std::string& kind);

    /// An empty folder of ours, gone with the host.
    const std::filesystem::path& scratch() const { return scratch_.path(); }

private:
    void start(const std::string& root);
    std::string read_line();

    Scratch scratch_; ///< of ours: mount point and files
    common::os::Descriptor input_;
    common::os::Descriptor output_;
    std::string buffer_;
    pid_t pid_ = 0;  ///< of unshare
    pid_t init_ = 0; ///< of process 1, as seen from outside
};

/// The password of all users of an SshHost.
constexpr std::string_view host_password = "open sesame";

} // namespace tests
