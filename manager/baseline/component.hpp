#pragma once

#include "common/job_order.hpp"
#include "manager/baseline/firmware.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace manager::baseline {

/// One thing to install: a package, a program to run, or firmware.
struct Component {
    common::ComponentKind kind = common::ComponentKind::program;
    std::string name;    ///< package name; for a program its file name, made fit to be shown
    std::string version; ///< as the package manager writes it (with epoch), or the vendor of firmware; empty
                         ///< for a program, and for firmware that does not tell
    std::string architecture; ///< as the package manager writes it: amd64, all, x86_64, noarch; of a program
                              ///< as `uname -m`, for Windows x64, x86 or arm64; empty: any
    std::string code;         ///< product code of an .msi, "{...}"; else empty
    std::filesystem::path file;         ///< on this workstation
    std::string sha256;                 ///< hexadecimal
    std::uint64_t size = 0;             ///< bytes
    std::vector<std::string> arguments; ///< none for a package

    /// What it has for a BMC. Always there for kind firmware; also of a program that a vendor made for both
    /// roads, as Dell does: on a host it runs, a BMC takes what is in it.
    std::optional<Firmware> firmware{};

    /// What distinguishes this component from every other one: content and arguments. Goes into job ids.
    std::string identity() const;

    /// What its file is called on targets, whatever it is called here: installers go by the ending, and
    /// stumble over control characters and a leading dot.
    std::string file_name() const;
};

/// Reads what a component says about itself; the content decides, not the name, but for what nothing else
/// tells: scripts of Windows (.cmd, .bat, .ps1) and bare firmware (.bin, .hpm, .signed.flash, ...). The file
/// is untrusted input. Throws `invalid`, naming the file and what is wrong with it.
Component read_component(const std::filesystem::path& file);

/// <0, 0, >0 as `left` is older, the same or newer, by the rules of the kind's package manager. Not for
/// firmware, which has compare_firmware_versions().
int compare_versions(common::ComponentKind kind, const std::string& left, const std::string& right);

} // namespace manager::baseline
