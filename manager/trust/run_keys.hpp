#pragma once

#include "common/tls/identity.hpp"
#include "common/tls/signature.hpp"

namespace manager::trust {

/// A key that a manager process is known by. Made in memory and gone with the process.
inline common::tls::Identity make_manager_identity()
{
    return common::tls::Identity::make("soapstone manager");
}

/// What one manager process proves itself with during one run. A resumed run has new ones, and agents that
/// know the old ones are replaced.
struct RunKeys {
    const common::tls::Identity& identity; ///< of the process
    common::tls::SigningKey orders = common::tls::SigningKey::make();
};

} // namespace manager::trust
