#pragma once

#include "manager/baseline/component.hpp"
#include "manager/cli/command.hpp"
#include "manager/target/target.hpp"

#include <string>
#include <vector>

namespace manager::cli {

/// What is to be installed.
class ComponentOptions {
public:
    void declare(po::options_description& options, po::positional_options_description& operands);

    bool are_given() const { return !files_.empty() || !baseline_.empty(); }
    /// Reads them all; of a folder, what `targets` could take. Throws `invalid` for none, for two that are
    /// the same, and for what is unusable.
    std::vector<baseline::Component> components(const std::vector<target::Target>& targets) const;

private:
    void give_arguments(std::vector<baseline::Component>& components) const;
    void give_firmware_facts(std::vector<baseline::Component>& components) const;

    std::vector<std::string> files_;
    std::string baseline_;
    std::vector<std::string> arguments_;
    std::string firmware_entry_;
    std::string firmware_version_;
};

} // namespace manager::cli
