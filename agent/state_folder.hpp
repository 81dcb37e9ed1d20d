#pragma once

#include <filesystem>

namespace agent {

/// Where everything of ours on this target lies: /var/lib/soapstone, or Soapstone in Windows' own folder.
std::filesystem::path state_folder();

} // namespace agent
