#include "manager/cli/application.hpp"

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/cli/parser.hpp"
#include "manager/cli/usage.hpp"
#include "manager/target/nearest.hpp"

#include <algorithm>
#include <ostream>

namespace manager::cli {

namespace {

using common::Error;
using common::Trouble;

constexpr std::string_view help_hint = "'soapstone help' lists all commands";

/// The word that says what is to be done; also the usual words for help and version.
std::string command_word(const std::vector<std::string>& words)
{
    if (words.empty())
        throw Error(Trouble::invalid, "what is to be done?", std::string(help_hint));
    const std::string& word = words.front();
    if (word == "--help" || word == "-h")
        return "help";
    if (word == "--version" || word == "-V")
        return "version";
    if (word.starts_with('-'))
        throw Error(Trouble::invalid, "the command comes before its options",
                    "as in 'soapstone deploy " + common::one_line(word, 60) + "'");
    return word;
}

bool asks_for_help(const std::vector<std::string>& words)
{
    const auto end = std::find(words.begin(), words.end(), "--");
    return std::any_of(words.begin(), end,
                       [](const std::string& word) { return word == "--help" || word == "-h"; });
}

ExitCode run_command(const std::vector<std::string>& words, Workplace& workplace)
{
    const CommandHandle command = command_named(command_word(words));
    const std::vector<std::string> rest(words.begin() + 1, words.end());
    if (asks_for_help(rest)) {
        print_usage(*command, workplace.out);
        return ExitCode::ok;
    }
    Declared declared;
    command->declare(declared.options, declared.operands);
    workplace.words = rest;
    parse(command->name(), declared, rest);
    return command->run(workplace);
}

void complain(const std::string& text, const std::string& hint, std::ostream& err)
{
    err << "soapstone: " << common::one_line(text, 4'000) << '\n';
    if (!hint.empty())
        err << "  " << common::one_line(hint, 4'000) << '\n';
    err.flush();
}

} // namespace

std::vector<CommandHandle> every_command()
{
    std::vector<CommandHandle> commands;
    for (const auto make : {make_deploy, make_inventory, make_bmc, make_trust, make_doctor, make_status,
                            make_logs, make_web, make_verify_log, make_serve, make_token, make_cancel,
                            make_resume, make_cleanup, make_version, make_help})
        commands.push_back(make());
    return commands;
}

CommandHandle command_named(const std::string& name)
{
    std::vector<std::string> names;
    for (CommandHandle& command : every_command()) {
        if (command->name() == name)
            return std::move(command);
        names.emplace_back(command->name());
    }
    const std::string near = target::nearest(name, names);
    throw Error(Trouble::invalid, "unknown command '" + common::one_line(name, 60) + "'",
                near.empty() ? std::string(help_hint) : "did you mean '" + near + "'?");
}

ExitCode run_application(const std::vector<std::string>& words, Workplace& workplace)
{
    try {
        const ExitCode code = run_command(words, workplace);
        if (!workplace.out.flush())
            throw Error(Trouble::rejected, "the result could not be written to standard output",
                        "is the disk full, or its reader gone?");
        return code;
    } catch (const Error& error) {
        complain(error.text(), error.hint(), workplace.err);
        return error.trouble() == Trouble::invalid ? ExitCode::bad_parameter : ExitCode::general;
    } catch (const std::exception& error) {
        complain(error.what(), "this is a defect of soapstone; please report it", workplace.err);
        return ExitCode::general;
    }
}

} // namespace manager::cli
