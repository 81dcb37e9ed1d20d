#pragma once

#include "agent/installer/result.hpp"
#include "common/clock.hpp"
#include "common/job_order.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// How each kind of component is installed: which program runs, and what its return means. One file a kind.
namespace agent::installer {

/// What runs. `arguments[0]` is an absolute path.
struct Command {
    std::vector<std::string> arguments;
    std::vector<std::string> environment; ///< NAME=value
    std::string line{};    ///< Windows: the whole command line, for programs with rules of their own
    std::string own_log{}; ///< file to which it tells what it does, and not to its output; empty = none
    std::optional<int> busy_code{}; ///< by which it says that another one is at work: to be tried again
};

/// What `order` runs here, its payload being `payload` (absolute, under its own file name). Throws `rejected`
/// when this system has nothing that could install it.
Command command_for(const common::JobOrder& order, const std::string& payload);

/// How an installer ended.
struct Ending {
    std::optional<int> code;
    std::optional<int> signal;
    int start_error = 0;      ///< the system's number for why it could not even be started
    bool timed_out = false;   ///< ended by us, after the deadline
    bool cancelled = false;   ///< ended by us, on request
    std::string tail;         ///< the end of what it printed, at most some KiB
    bool reboot_mark = false; ///< the system's own "reboot required" mark appeared meanwhile
};

struct Verdict {
    Result result;
    std::string map;  ///< the table that was used: deb, rpm, posix, msi or windows
    std::string text; ///< one sentence for people
};

/// What `ending` means for `order`. A code that is not known is never a success.
Verdict normalise(const common::JobOrder& order, const Ending& ending);

/// How this system installs one kind of component.
struct Method {
    std::string_view map;
    Command (*command)(const common::JobOrder& order, const std::string& payload);
    Verdict (*verdict)(const common::JobOrder& order, int code, std::string_view tail);
};

/// Throws `rejected` when components of that kind are for another system.
const Method& method_for(common::ComponentKind kind);

/// What installers find in their environment: what this system gives a program of its own user, and nothing
/// of ours.
std::vector<std::string> usual_environment();

std::string start_sentence(int error);   ///< why an installer could not be started
std::string signal_sentence(int number); ///< what ended it

/// The trimmed lines of `text` that contain `part`.
std::vector<std::string> lines_with(std::string_view text, std::string_view part);

/// The last line of `text` that says something, for a sentence; empty when there is none.
std::string last_line(std::string_view text);

/// The trimmed lines that follow the (last) line with `heading`, as long as they are indented.
std::vector<std::string> indented_after(std::string_view text, std::string_view heading);

} // namespace agent::installer
