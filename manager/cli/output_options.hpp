#pragma once

#include "manager/cli/command.hpp"
#include "manager/cli/progress.hpp"

#include <filesystem>
#include <string>

namespace manager::cli {

/// Where runs are kept, and how much is told.
class OutputOptions {
public:
    void declare(po::options_description& options);
    void declare_talk(po::options_description& options); ///< -q and -v

    /// --data; $XDG_STATE_HOME/soapstone or ~/.local/state/soapstone. Made when missing, mode 0700.
    std::filesystem::path data() const;
    bool json() const { return json_; }
    bool quiet() const { return quiet_; }
    /// Null for -q.
    ProgressHandle progress(const Workplace& workplace) const;

private:
    std::string data_;
    bool json_ = false;
    bool quiet_ = false;
    bool verbose_ = false;
};

} // namespace manager::cli
