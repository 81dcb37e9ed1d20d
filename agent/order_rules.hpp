#pragma once

#include <string>

namespace agent {

/// Whose orders are taken.
struct OrderRules {
    std::string key; ///< raw Ed25519 public key
    std::string run;
    std::string target;
    std::string machine; ///< id of this machine; empty = it has none

    /// Throws `denied` unless `signature` is of the run's key, `invalid` when the order is too large.
    void check_signature(const std::string& order, const std::string& signature) const;

    /// Throws `denied` unless an order with these words in it is for this run and machine. `for_machine` may
    /// be empty: the manager did not know.
    void check_address(const std::string& for_run, const std::string& for_target,
                       const std::string& for_machine) const;
};

} // namespace agent
