#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace manager::target {

/// How a target is reached.
enum class Connection {
    ssh,   ///< over the network
    local, ///< this very machine
};

/// How a login that is not root becomes root.
enum class Become {
    none,
    sudo, ///< with the password that its prompt asks for, if it asks
};

/// One server, as the user named it: what is needed to log in, but no secret.
struct Target {
    std::string name; ///< as the user wrote it; names folders and lines of output
    std::string host; ///< name or numeric address to connect to
    std::uint16_t port = 22;
    std::string user = "root";
    Connection connection = Connection::ssh;
    Become become = Become::none;
    std::vector<std::filesystem::path> identities; ///< private key files to try, in this order
    std::vector<std::string> groups;               ///< of the targets file
};

/// What was said for all targets at once, on the command line. It goes before what a file says, and behind
/// what is said of one target, as in `admin@db-7`.
struct Wishes {
    std::optional<std::string> user;
    bool sudo = false;
};

} // namespace manager::target
