#pragma once

#include "manager/trust/user_key.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace manager::transport::openssh {

/// What an ssh-agent that holds `keys` answers to `request`; both without the length in front. It lists its
/// keys and signs with them; whatever else is asked of it fails. So ssh can use keys that were decrypted in
/// our memory, and no private key goes to a file or to another process.
std::string answer_as_agent(const std::vector<trust::UserKeyHandle>& keys, std::string_view request);

} // namespace manager::transport::openssh
