#pragma once

#include <string>

namespace manager::transport::login {

/// How a login was let in, for the records. Nothing of it comes from the target alone.
struct Login {
    std::string method;   ///< publickey, password, ...; empty: there was none, or it is not known
    std::string host_key; ///< fingerprint of the target's host key, "SHA256:..."; empty: it has none
};

} // namespace manager::transport::login
