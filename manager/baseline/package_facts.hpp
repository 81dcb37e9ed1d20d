#pragma once

#include <string>

namespace manager::baseline {

/// What a package says about itself, checked: the strings are harmless as arguments of a package manager.
struct PackageFacts {
    std::string name;
    std::string version;      ///< as the package manager prints it
    std::string architecture; ///< as the package manager prints it
    std::string code{};       ///< product code of an .msi; else empty
};

/// The three as they are, when each is well formed: not empty, of the characters that package managers allow,
/// not beginning like an option. Throws `invalid`, naming the field.
PackageFacts checked_facts(PackageFacts facts);

} // namespace manager::baseline
