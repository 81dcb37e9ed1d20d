#include "manager/cli/application.hpp"

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/target/nearest.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>

namespace manager::cli {

namespace {

using common::Error;
using common::Trouble;

constexpr std::string_view help_hint = "'soapstone help' lists all commands";

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

/// What is declared, and nothing guessed from beginnings.
class Parser {
public:
    explicit Parser(Command& command) : command_(command)
    {
        command.declare(options_, operands_);
        options_.add_options()("help,h", "print this help");
    }

    const po::options_description& options() const { return options_; }

    /// False: help was asked for.
    bool parse(const std::vector<std::string>& words)
    {
        po::variables_map values;
        try {
            const int style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
            po::store(
                po::command_line_parser(words).options(options_).positional(operands_).style(style).run(),
                values);
            if (values.count("help") > 0)
                return false;
            po::notify(values);
        } catch (const po::unknown_option& error) {
            refuse_unknown(error.get_option_name());
        } catch (const po::too_many_positional_options_error&) {
            refuse("too many operands");
        } catch (const po::error& error) {
            refuse(error.what());
        }
        return true;
    }

private:
    std::string hint() const
    {
        return "'soapstone help " + std::string(command_.name()) + "' lists what it takes";
    }

    [[noreturn]] void refuse(const std::string& why) const
    {
        throw Error(Trouble::invalid, std::string(command_.name()) + ": " + common::one_line(why), hint());
    }

    [[noreturn]] void refuse_unknown(const std::string& option) const
    {
        const std::string typed = option.substr(std::min(option.find_first_not_of('-'), option.size()));
        std::vector<std::string> names;
        for (const auto& known : options_.options())
            names.push_back(known->long_name());
        const std::string near = target::nearest(typed, names);
        throw Error(Trouble::invalid,
                    std::string(command_.name()) + ": unknown option '" + common::one_line(option, 60) + "'",
                    near.empty() ? hint() : "did you mean '--" + near + "'?");
    }

    Command& command_;
    po::options_description options_{"Options"};
    po::positional_options_description operands_;
};

/// "soapstone deplyo" and the like; also the usual words for help and version.
std::string command_word(const std::vector<std::string>& words)
{
    if (words.empty())
        throw Error(Trouble::invalid, "what is to be done?", std::string(help_hint));
    if (words[0] == "--help" || words[0] == "-h")
        return "help";
    return words[0] == "--version" || words[0] == "-V" ? "version" : words[0];
}

ExitCode run_command(const std::vector<std::string>& words, Workplace& workplace)
{
    const CommandHandle command = command_named(command_word(words));
    Parser parser(*command);
    if (!parser.parse({words.begin() + 1, words.end()})) {
        print_help(std::string(command->name()), workplace.out);
        return ExitCode::ok;
    }
    return command->run(workplace);
}

void complain(const std::string& text, const std::string& hint, std::ostream& err)
{
    err << "soapstone: " << text << '\n';
    if (!hint.empty())
        err << "  " << hint << '\n';
    err.flush();
}

} // namespace

std::vector<CommandHandle> every_command()
{
    std::vector<CommandHandle> commands;
    for (const auto make : {make_deploy, make_inventory, make_status, make_logs, make_resume, make_cleanup,
                            make_version, make_help})
        commands.push_back(make());
    return commands;
}

void print_help(const std::string& name, std::ostream& out)
{
    if (!name.empty()) {
        const CommandHandle command = command_named(name);
        const Parser parser(*command);
        out << "soapstone " << name << " [OPTION...] " << command->operands() << "\n\n"
            << command->summary() << "\n\n"
            << parser.options();
        return;
    }
    out << "soapstone COMMAND [OPTION...] [OPERAND...]\n\n";
    for (const CommandHandle& command : every_command())
        out << "  " << std::left << std::setw(11) << command->name() << command->summary() << '\n';
    out << "\n'soapstone help COMMAND' tells what a command takes.\n";
}

ExitCode run_application(const std::vector<std::string>& words, Workplace& workplace)
{
    try {
        return run_command(words, workplace);
    } catch (const Error& error) {
        complain(error.text(), error.hint(), workplace.err);
        return error.trouble() == Trouble::invalid ? ExitCode::bad_parameter : ExitCode::general;
    } catch (const std::exception& error) {
        complain(error.what(), "this should not have happened; please report it", workplace.err);
        return ExitCode::general;
    }
}

} // namespace manager::cli
