#pragma once

#include "common/tls/identity.hpp"
#include "common/tls/signature.hpp"

namespace manager::trust {

/// What one manager process proves itself with during one run. Made in memory and gone with the process: a
/// resumed run has new ones, and agents that know the old ones are replaced.
struct RunKeys {
    common::tls::Identity identity = common::tls::Identity::make("soapstone manager");
    common::tls::SigningKey orders = common::tls::SigningKey::make();
};

} // namespace manager::trust
