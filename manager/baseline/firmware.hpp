#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace manager::baseline {

/// How a firmware package is made up.
enum class FirmwareForm {
    raw,         ///< the image as the device takes it; what it is stands in its file name, if anywhere
    fwpkg,       ///< HPE's zip with payload.json
    pldm,        ///< package of DMTF's DSP0267
    openbmc_tar, ///< tar (also .gz) with MANIFEST
    cab,         ///< LVFS's cabinet with metainfo.xml
    dup,         ///< Dell's program for Windows which is a zip with package.xml, too
    scexe,       ///< HPE's shell script which unpacks itself
};

std::string_view name_of(FirmwareForm form);
std::optional<FirmwareForm> firmware_form(std::string_view name); ///< nothing when there is none of this name

/// Who writes what an HPE package holds to its device.
enum class FwpkgType {
    none, ///< it is no .fwpkg
    a,    ///< the BMC, and that is all
    b,    ///< the BMC, then the device is reset
    c,    ///< UEFI, when the host boots next
    d,    ///< an agent in the host's operating system: a BMC alone cannot
};

std::string_view name_of(FwpkgType type); ///< "A"; empty for none
FwpkgType fwpkg_type(std::string_view name);

/// What must happen before firmware that was written runs.
enum class Activation {
    unknown,     ///< the package does not tell
    at_once,     ///< nothing
    bmc_reset,   ///< the BMC restarts, by itself or asked to; the host runs on
    host_reboot, ///< the host is rebooted or switched off and on
};

std::string_view name_of(Activation activation);
Activation activation_named(std::string_view name); ///< unknown when there is none of this name

/// What a device is known by. Made comparable: see `value`.
struct DeviceId {
    enum class Sort {
        guid,      ///< 36 characters, lower case
        component, ///< Dell's componentID, decimal
        machine,   ///< OpenBMC's name of a machine, or a name compatible with it
        purpose,   ///< OpenBMC's: "bmc", "host", "system", "mcu", ...; lower case
        family,    ///< "iLO 5"; of a system ROM "A43"
        hardware,  ///< "pci:15b3:1017" (vendor, device[, sub-vendor, sub-device]), "iana:47196", "pnp:..."
    };
    Sort sort = Sort::guid;
    std::string value;

    bool operator==(const DeviceId&) const = default;
};

/// One file inside a package, the one that a device takes.
struct InnerImage {
    std::string path;       ///< as the package names it; never used as a path here
    std::string name;       ///< last part of it, fit for a URL or a file: letters, digits, "._-"
    std::uint64_t size = 0; ///< bytes
    std::string sha256;     ///< hexadecimal
};

/// What a package holds for one device, or for several that take the same image.
struct FirmwarePart {
    std::string name;          ///< for people; may be empty
    std::vector<DeviceId> ids; ///< any of them is enough, but see match(); empty: the package does not tell
    std::string device_class;  ///< GUID of HPE's, lower case; empty: not told
    std::string version;       ///< one line for people; empty: not known
    std::string at_least;      ///< this version must run first; empty: any
    Activation activation = Activation::unknown;
    std::optional<InnerImage> image; ///< what can be sent instead of the whole file
};

/// What a firmware package says about itself. All texts are harmless, as common::one_line() makes them.
struct Firmware {
    FirmwareForm form = FirmwareForm::raw;
    FwpkgType type = FwpkgType::none;
    std::string vendor;              ///< "HPE", "Dell", as the package writes it; empty: not known
    std::string name;                ///< for people; never empty
    std::string file_name;           ///< of the whole file, fit for a URL; the ending is the real one
    std::string version;             ///< of the package, or what its parts have in common; empty: not known
    std::vector<FirmwarePart> parts; ///< at least one
    /// A BMC may take the whole file: always for raw, pldm, openbmc_tar and dup; for fwpkg it depends on the
    /// BMC (iLO 5 from 2.30 on), the others need the image; never for cab and scexe.
    bool whole = true;
};

struct Component;

/// Writes `image` of the package `component` to `to`, a file open for writing and still empty. Throws
/// `invalid` when the package is not what it was when it was read: no more than `image.size` bytes are
/// written then, and what was written must not be used.
void extract(const Component& component, const InnerImage& image, int to);

} // namespace manager::baseline
