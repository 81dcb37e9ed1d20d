#pragma once

#include "manager/baseline/component.hpp"
#include "manager/target/target.hpp"

#include <filesystem>
#include <vector>

namespace manager::cli {

/// Which sorts of components a run has targets for.
struct Sorts {
    bool packages = false;
    bool firmware = false;
};
Sorts sorts_for(const std::vector<target::Target>& targets);

/// The components of a folder, by name: of several versions of a package for one architecture the newest, and
/// all firmware, because only a BMC can tell what of it is for the same device. A program with firmware in it
/// counts as firmware, and is run nowhere. Throws `invalid` for a folder without any, and for what is
/// unusable.
std::vector<baseline::Component> read_folder(const std::filesystem::path& folder, Sorts sorts);

} // namespace manager::cli
