#pragma once

#include "manager/cli/command.hpp"
#include "manager/cli/progress.hpp"

#include <filesystem>
#include <string>

namespace manager::cli {

/// Where runs are kept, and how much is told.
class OutputOptions {
public:
    void declare_data(po::options_description& options); ///< --data
    void declare(po::options_description& options);      ///< also --json
    void declare_talk(po::options_description& options); ///< -q and -v

    /// --data; $XDG_STATE_HOME/soapstone or ~/.local/state/soapstone. Made when missing, mode 0700.
    std::filesystem::path data() const;
    /// As data(), for commands about runs that are kept: makes nothing. Throws `invalid` when there are none.
    std::filesystem::path kept_data() const;
    /// The same folder, whether it is there or not.
    std::filesystem::path data_folder() const;
    /// ` --data DIR` for commands that we name to people, when it was given to us; else nothing.
    std::string data_words() const { return data_.empty() ? "" : " --data " + data_; }
    bool json() const { return json_; }
    bool quiet() const { return quiet_; }
    /// `beside`: --json is about a document that comes at the end, and not about progress.
    ProgressHandle progress(const Workplace& workplace, bool beside) const;

private:
    std::string data_;
    bool json_ = false;
    bool quiet_ = false;
    bool verbose_ = false;
};

} // namespace manager::cli
