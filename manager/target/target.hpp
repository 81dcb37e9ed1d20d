#pragma once

#include "manager/target/bmc_ways.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace manager::target {

/// How a target is reached.
enum class Connection {
    ssh,   ///< over the network
    local, ///< this very machine
    smb,   ///< over the network to Windows: its share ADMIN$ and its service manager
    bmc,   ///< not a host but what manages one: iLO, iDRAC, XCC, ...; takes firmware, over HTTPS
};

/// The names that files use: "ssh", "local", "smb", "bmc".
std::string_view name_of(Connection connection);

/// How a login that is not root becomes root.
enum class Become {
    none,
    sudo, ///< with the password that its prompt asks for, if it asks
    su,   ///< with root's password
};

/// "none", "sudo", "su"
std::string_view name_of(Become become);

/// What speaks SSH for us.
enum class SshProgram {
    automatic, ///< libssh2, and the system's ssh for what libssh2 cannot do
    libssh2,   ///< the library, in our own process
    openssh,   ///< the system's program `ssh`
};

/// What is special about the way to a Windows target.
struct Smb {
    std::string domain;      ///< the login's, or Kerberos' realm; empty: the login is the target's own
    bool kerberos = false;   ///< nothing but Kerberos; also without a password, by tickets that are there
    bool netbios = false;    ///< the host is a NetBIOS name, looked for by broadcast
    bool allow_smb2 = false; ///< SMB 2.1, which cannot encrypt, will do
};

/// What is special about a BMC.
struct Bmc {
    std::optional<BmcMethod> method; ///< by which images get there; nothing: the best that it offers
    BmcPull pull = BmcPull::https;
    bool legacy_tls = false; ///< it speaks nothing better than TLS 1.0
    std::string host;        ///< name of the target that it manages; empty: none of ours
};

/// What the user said of a target himself, so that ssh_config must not change it.
struct Said {
    std::string host; ///< as it was named, when an address was given besides
    bool user = false;
    bool port = false;
    bool jumps = false;
};

/// One server, as the user named it: what is needed to log in, but no secret.
struct Target {
    std::string name; ///< as the user wrote it; names folders and lines of output
    std::string host; ///< name or numeric address to connect to
    std::uint16_t port = 22;
    std::string user = "root";
    Connection connection = Connection::ssh;
    SshProgram ssh = SshProgram::automatic;
    Become become = Become::none;
    Smb smb;
    Bmc bmc;
    std::string its_bmc; ///< of a host: name of the target that is its BMC; empty: none is named
    std::vector<std::filesystem::path> identities; ///< private key files to try, in this order
    std::vector<std::string> groups;               ///< of the targets file

    // What follows is known from ssh_config.
    std::vector<std::filesystem::path> configured_identities; ///< key files, where they are there
    bool identities_only = false;                   ///< no other keys of the ssh-agent besides those
    std::string host_key_alias;                     ///< name for known_hosts in place of host and port
    std::vector<std::filesystem::path> known_hosts; ///< empty: those of the run
    std::string proxy_command; ///< a command line that connects us to the target; empty: there is none
    /// Hosts to go through on the way, nearest first. Of each only what is needed to log in is set.
    std::vector<Target> jumps;

    Said said; ///< only until ssh_config was asked
};

/// What a file of targets says of one; ssh_config then leaves it alone.
inline void set_user(Target& target, std::string user)
{
    target.user = std::move(user);
    target.said.user = true;
}
inline void set_port(Target& target, std::uint16_t port)
{
    target.port = port;
    target.said.port = true;
}

/// What was said for all targets at once, on the command line. It goes before what a file says, and behind
/// what is said of one target, as in `admin@db-7`.
struct Wishes {
    std::optional<std::string> user;
    std::optional<Become> become;
    std::optional<SshProgram> ssh;
    bool smb = false;                  ///< targets that no file says more of are Windows
    std::optional<std::string> domain; ///< as Smb::domain
    bool kerberos = false;             ///< as in Smb, these three
    bool netbios = false;
    bool allow_smb2 = false;
    bool bmc = false; ///< targets that no file says more of are BMCs
    std::optional<BmcMethod> bmc_method;
    std::optional<BmcPull> bmc_pull;
    bool legacy_tls = false;         ///< as in Bmc
    std::optional<std::string> jump; ///< as for `ssh -J`: [user@]host[:port],...
    bool files = true;               ///< @FILE may name files
};

} // namespace manager::target
