#pragma once

#include "manager/baseline/package_facts.hpp"

#include <string>

namespace manager::baseline {

/// Reads the header of the RPM package open as `descriptor`, from its start, and checks the header's own
/// digest, but no signature. Untrusted input. Throws `invalid`. Not thread-safe: librpm's messages are caught
/// meanwhile.
PackageFacts read_rpm(int descriptor);

/// <0, 0, >0 by RPM's rules; an epoch that is not written is 0.
int compare_rpm_versions(const std::string& left, const std::string& right);

} // namespace manager::baseline
