#pragma once

#include "manager/baseline/package_facts.hpp"

#include <string>
#include <string_view>

namespace manager::baseline {

/// Reads the control file of the Debian package open as `descriptor`, from its start. Untrusted input: sizes
/// and numbers of entries are limited. Throws `invalid`.
PackageFacts read_deb(int descriptor);

/// What the text of a control file says. Throws `invalid`.
PackageFacts parse_control(std::string_view control);

/// A Debian version as dpkg prints it: without an epoch of 0. Throws `invalid`.
std::string dpkg_version(std::string_view written);

/// <0, 0, >0 by Debian's rules.
int compare_deb_versions(const std::string& left, const std::string& right);

} // namespace manager::baseline
