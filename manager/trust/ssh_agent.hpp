#pragma once

#include "manager/trust/user_key.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace manager::trust {

/// The ssh-agent of the user who runs us: signs with keys that we never see. Any thread may call.
class SshAgent {
public:
    explicit SshAgent(std::filesystem::path socket) : socket_(std::move(socket)) {}

    /// The one that SSH_AUTH_SOCK names; nothing when there is none.
    static std::optional<SshAgent> from_environment();

    /// Its keys that can log in without a certificate or a touch. Throws `denied` when it does not answer.
    std::vector<UserKeyHandle> keys() const;

private:
    std::filesystem::path socket_;
};

} // namespace manager::trust
