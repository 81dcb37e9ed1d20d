#pragma once

#include "manager/cli/command.hpp"
#include "manager/target/target.hpp"

#include <string>
#include <vector>

namespace manager::cli {

/// Which targets.
class TargetsOptions {
public:
    void declare(po::options_description& options);

    /// Tells at the workplace what was not taken from the targets file. Throws `invalid`, also when it is
    /// none at all.
    std::vector<target::Target> targets(const target::Wishes& wishes, const Workplace& workplace) const;

    /// None is named, so that all of the file are meant.
    bool are_all_of_file() const { return specs_.empty(); }

private:
    std::vector<std::string> specs_;
    std::string file_;
    std::vector<std::string> excluded_;
    std::string ssh_config_;
};

} // namespace manager::cli
