#pragma once

#include "manager/bmc/bmc.hpp"
#include "manager/bmc/certificate.hpp"
#include "manager/bmc/redfish.hpp"
#include "manager/trust/bmc_pins.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace manager::bmc {

/// How keys of BMCs are come by.
struct Trust {
    trust::BmcPins& pins;
    bool accept_new = false; ///< a BMC that is not known is trusted, and remembered
    std::string who;         ///< "alice@ws1", for the file
};

/// The keys by which the BMC at `place` may show itself. Throws `denied` when none is known and none is to be
/// learned, which is told to `notice`.
std::vector<std::string> keys_for(const Place& place, const Trust& trust,
                                  const std::function<void(const std::string&)>& notice);

/// As it is written down. The time is now.
trust::BmcPin pin_of(const Place& place, const ShownKey& key, const std::string& who,
                     const std::string& comment);

/// "sha256//... (CN=ilo-7, issued by CN=ilo-7, serial 4A, valid until 2031-05-04)"
std::string text_of(const ShownKey& key);

/// Finds out what the BMC speaks, Redfish or (`method`, or without Redfish) RIBCL. Not logged in yet.
std::unique_ptr<Bmc> open_bmc(const Place& place, const std::vector<std::string>& keys, Login login,
                              std::optional<Method> method, Redfish::Notice notice);

} // namespace manager::bmc
