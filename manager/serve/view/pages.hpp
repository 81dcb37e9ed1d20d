#pragma once

#include "manager/rollout/run.hpp"
#include "manager/serve/view/log_page.hpp"

#include <string>
#include <vector>

/// What there is to look at, as whole pages of HTML. Pure functions: everything in them that came from
/// elsewhere goes through html().
namespace manager::serve::view {

/// A run, and whether somebody works on it just now.
struct ShownRun {
    rollout::Run run;
    bool at_work = false;
};

/// A log to choose.
struct ShownLog {
    std::string name; ///< within the target's folder
    std::uint64_t size = 0;
};

/// `unreadable`: a sentence for each run that cannot be shown.
std::string runs_page(const std::vector<ShownRun>& runs, const std::vector<std::string>& unreadable);
std::string run_page(const ShownRun& shown);
/// Everything that came of the run, on one page that can be printed.
std::string report_page(const ShownRun& shown);
std::string target_page(const ShownRun& shown, std::size_t target, const std::vector<ShownLog>& logs);
/// `refreshes`: there may be more in a moment.
std::string log_page(const rollout::Run& run, std::size_t target, const std::string& name,
                     const LogPage& page, bool refreshes);
/// A few words instead of what was wanted.
std::string message_page(const std::string& title, const std::string& text, bool signed_in);

/// The manager's own log of a target, beside those that were fetched from there.
inline constexpr const char* manager_log = "manager.log";

} // namespace manager::serve::view
