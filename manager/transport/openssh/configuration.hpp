#pragma once

#include "manager/target/target.hpp"
#include "manager/trust/credentials.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace manager::transport::openssh {

/// The alias of the target in the configuration.
constexpr const char* target_alias = "soapstone-target";

/// What one host on the way is logged in to with.
struct HostKeys {
    std::filesystem::path agent;                     ///< socket of the ssh-agent to ask; empty: none
    std::vector<std::filesystem::path> files;        ///< key files that ssh is to read itself
    std::vector<std::filesystem::path> certificates; ///< user certificates to show
    bool authority = false; ///< there is one on file that may vouch for the host's key
};

/// What a configuration of ssh is made of.
struct ConfigurationParts {
    const target::Target& target;
    std::filesystem::path askpass;
    HostKeys keys;                   ///< for the target
    std::vector<HostKeys> jump_keys; ///< as target.jumps
    bool may_use_password = false;
    std::chrono::seconds connect{10};
};

/// A configuration file for ssh that decides everything, so that nothing depends on the user's files or on
/// the version's defaults, and that the ssh which carries us through a jump host obeys, too. It holds no
/// secret. Throws `invalid` when a value cannot stand in such a file.
std::string configuration(const ConfigurationParts& parts);

} // namespace manager::transport::openssh
