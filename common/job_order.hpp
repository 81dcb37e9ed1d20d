#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace common {

/// How a component is installed.
enum class ComponentKind {
    deb,     ///< Debian package
    rpm,     ///< RPM package
    program, ///< executable or script for Linux, run with arguments
    msi,     ///< package of the Windows Installer
    exe,     ///< program for Windows, run with arguments; also a self-extracting one, as smart components are
    cmd,     ///< batch file (.cmd, .bat) with arguments
    ps1,     ///< PowerShell script with arguments
    firmware, ///< image for a BMC or a device behind it; never goes to an agent
};

inline constexpr std::array component_kinds{
    ComponentKind::deb, ComponentKind::rpm, ComponentKind::program, ComponentKind::msi,
    ComponentKind::exe, ComponentKind::cmd, ComponentKind::ps1,     ComponentKind::firmware};

/// Has a name and a version by which the target's package manager knows it afterwards.
constexpr bool is_package(ComponentKind kind)
{
    return kind == ComponentKind::deb || kind == ComponentKind::rpm || kind == ComponentKind::msi;
}

/// Is just run, with arguments, and leaves no version to look for.
constexpr bool is_program(ComponentKind kind)
{
    return !is_package(kind) && kind != ComponentKind::firmware;
}

/// For Windows targets.
constexpr bool is_for_windows(ComponentKind kind)
{
    return kind == ComponentKind::msi || kind == ComponentKind::exe || kind == ComponentKind::cmd ||
           kind == ComponentKind::ps1;
}

std::string_view name_of(ComponentKind kind);
ComponentKind component_kind(std::string_view name); ///< throws `invalid`

/// What one target is told to run: the bytes of text() are signed by the run's order key, and SOAP only
/// carries them. The same id with the same bytes is a retry, with other bytes a conflict.
struct JobOrder {
    std::string job; ///< job id, 32 hexadecimal digits, see tls::job_id()
    std::string run;
    std::string target;
    std::string machine; ///< machine id of the target; empty = not known
    ComponentKind kind = ComponentKind::program;
    std::string name;                    ///< of the component, for people
    std::string version;                 ///< what it will be afterwards; empty = not known
    std::string file_name;               ///< last part of its path; no slash
    std::string sha256;                  ///< of the payload, hexadecimal
    std::uint64_t size = 0;              ///< of the payload, bytes; not one more is read
    std::vector<std::string> arguments;  ///< none for a package
    std::chrono::seconds deadline{3600}; ///< then the whole process group is ended
    bool allow_downgrade = false;

    std::string text() const;
    static JobOrder parse(std::string_view text); ///< throws `invalid`
};

} // namespace common
