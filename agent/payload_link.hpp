#pragma once

#include "common/os/descriptor.hpp"

#include <filesystem>
#include <functional>

namespace agent {

/// Opens the regular file `payload` to be read, lets `check` look at it, and gives that very file, whatever
/// became of its own name meanwhile, the name `named`. Not open when that cannot be done because it lost its
/// own name; to be tried again then. While it is open nobody exchanges what is in it, as far as the system
/// can help that. Throws Error.
common::os::Descriptor link_checked(const std::filesystem::path& payload, const std::filesystem::path& named,
                                    const std::function<void(int descriptor)>& check);

} // namespace agent
