#pragma once

#include "common/tls/identity.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace manager::trust {

/// A server's key that stays the same over years, in `folder`/identity.pem (0600); made when there is none.
/// Its certificate names `hosts`, and is made anew when it lacks one. For clients, the certificate lies
/// beside it: certificate.pem.
common::tls::Identity kept_identity(const std::filesystem::path& folder,
                                    const std::vector<std::string>& hosts);

} // namespace manager::trust
