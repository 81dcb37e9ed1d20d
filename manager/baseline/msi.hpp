#pragma once

#include "manager/baseline/package_facts.hpp"

#include <string>
#include <string_view>

namespace manager::baseline {

/// How every .msi begins: as a compound file of OLE's.
constexpr std::string_view compound_file_magic = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// Reads name, version, code and architecture (x64, x86, arm64) of the product that the package open as
/// `descriptor` installs. No signature is checked. Untrusted input: sizes are limited. Throws `invalid`.
PackageFacts read_msi(int descriptor);

/// <0, 0, >0 by number after number; one that is not written is 0. Unlike the Windows Installer itself this
/// looks at the fourth number, too.
int compare_msi_versions(const std::string& left, const std::string& right);

} // namespace manager::baseline
