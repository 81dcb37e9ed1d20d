#pragma once

#include "manager/baseline/firmware.hpp"

#include <string>
#include <vector>

namespace manager::baseline {

/// One entry of a BMC's FirmwareInventory, as far as it tells for what package it is. All texts as the BMC
/// sent them; what it did not send is empty.
struct FirmwareEntry {
    std::string id;                    ///< "1", "BMC", "Installed-159-2.1.8__BIOS.Setup.1-1"
    std::string name;                  ///< "iLO 5", "System ROM"
    std::string version;               ///< "A43 v2.52 (10/29/2021)"
    std::string software_id;           ///< SoftwareId; of any form
    std::string vendor;                ///< Manufacturer of the entry, else Vendor of the service
    std::vector<std::string> targets;  ///< GUIDs of HPE's Oem.Hpe.Targets
    std::string device_class;          ///< GUID of HPE's Oem.Hpe.DeviceClass
    std::vector<std::string> related;  ///< URIs of RelatedItem
    std::vector<std::string> hardware; ///< ids of the related device, in the form of DeviceId::Sort::hardware
    std::string machine;               ///< OpenBMC: what the machine is called, where the BMC says it
};

enum class Fit { yes, no, unknown };

/// Whether a package is for an entry.
struct Match {
    Fit fit = Fit::unknown;
    const FirmwarePart* part = nullptr; ///< that is for it; in the Firmware that was asked about
    std::string why{};                  ///< unless yes: a sentence
};

/// Compares by what both sides tell. No: they tell the same sort of thing, and it differs. Unknown: they tell
/// nothing that could be compared, so somebody has to say it.
Match match(const FirmwareEntry& entry, const Firmware& firmware);

} // namespace manager::baseline
