#pragma once

#include "manager/rollout/plan.hpp"

/// What is to be done with firmware on a BMC. Pure functions; plan() and mismatch() ask here for targets that
/// take firmware.
namespace manager::rollout {

/// Where a component belongs on a BMC.
struct FirmwarePlace {
    const baseline::FirmwareEntry* entry = nullptr; ///< of the facts; null: nowhere, or nobody can tell
    std::string version;                            ///< that the component would bring; empty: not known
    const baseline::FirmwarePart* part = nullptr;   ///< of the component that is for it; may be null
    std::string why;                                ///< without an entry: a sentence
};

/// The entry that the user has named (Component::code: an id, the beginning of one, or a name), else the one
/// that the package is for by what both tell.
FirmwarePlace place_of(const baseline::Component& component, const Facts& facts);

Step plan_firmware(const baseline::Component& component, const Facts& facts, bool allow_downgrade,
                   bool reinstall);

/// Whether the component is this BMC's business, be it up to date or not: it has the device that it is for,
/// or the user has named one.
bool has_device(const baseline::Component& component, const Facts& facts);

/// Of several components for one device only the newest is installed. `steps`: what plan() says of each,
/// changed for those that are left.
void keep_newest(const std::vector<baseline::Component>& components, const Facts& facts,
                 std::vector<Step>& steps);

std::optional<std::string> firmware_version(const baseline::Component& component, const Facts& facts);
std::optional<Mismatch> firmware_mismatch(const baseline::Component& component, const Facts& facts);

} // namespace manager::rollout
