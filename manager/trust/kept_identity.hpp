#pragma once

#include "common/tls/identity.hpp"
#include "manager/trust/strongbox.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace manager::trust {

/// The key by which clients that are not ours know a server, with a certificate that names `hosts` and that
/// also lies in `folder`/certificate.pem, for them. With a `box` both stay the same over the years, sealed in
/// `folder`/identity.sealed (the certificate is made anew when it lacks a host). Without one (null) they are
/// new each time and nothing secret is written; throws `invalid` where a sealed key is kept already.
common::tls::Identity kept_identity(const std::filesystem::path& folder,
                                    const std::vector<std::string>& hosts, const Strongbox* box);

} // namespace manager::trust
