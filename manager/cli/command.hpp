#pragma once

#include "manager/cli/workplace.hpp"
#include "manager/rollout/exit_code.hpp"

#include <boost/program_options.hpp>

#include <memory>
#include <string_view>
#include <vector>

namespace manager::cli {

namespace po = boost::program_options;
using rollout::ExitCode;

/// One word after `soapstone`: says what it is called and what it takes, and hands over at once.
class Command {
public:
    virtual ~Command() = default;

    virtual std::string_view name() const = 0;
    virtual std::string_view summary() const = 0;
    /// What it takes besides options, for the help: "COMPONENT...".
    virtual std::string_view operands() const { return ""; }
    /// An option without a description is for tests: it works, but no help tells of it.
    virtual void declare(po::options_description& options, po::positional_options_description& operands) = 0;
    virtual ExitCode run(Workplace& workplace) = 0;
};

using CommandHandle = std::unique_ptr<Command>;

// Each in the file of its name.
CommandHandle make_deploy();
CommandHandle make_inventory();
CommandHandle make_doctor();
CommandHandle make_status();
CommandHandle make_logs();
CommandHandle make_web();
CommandHandle make_verify_log();
CommandHandle make_bmc();
CommandHandle make_trust();
CommandHandle make_serve();
CommandHandle make_token();
CommandHandle make_resume();
CommandHandle make_cancel();
CommandHandle make_cleanup();
CommandHandle make_version();
CommandHandle make_help();

/// All of them, in the order of the help.
std::vector<CommandHandle> every_command();

} // namespace manager::cli
