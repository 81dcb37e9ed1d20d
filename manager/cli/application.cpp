#include "manager/cli/application.hpp"

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/cli/usage.hpp"
#include "manager/target/nearest.hpp"

#include <algorithm>
#include <ostream>

namespace manager::cli {

namespace {

using common::Error;
using common::Trouble;

constexpr std::string_view help_hint = "'soapstone help' lists all commands";

/// Program_options reports "--option", "-o" or "option", depending on the error, perhaps with "=value".
std::string dashed(const std::string& reported)
{
    const std::string word = reported.substr(0, reported.find('='));
    const std::string name = word.substr(std::min(word.find_first_not_of('-'), word.size()));
    return (name.size() == 1 ? "-" : "--") + common::one_line(name, 60);
}

/// What is declared, and nothing guessed from beginnings: --par would silently change its meaning when
/// another option with that beginning comes.
class Parser {
public:
    explicit Parser(Command& command) : command_(command) { command.declare(options_, operands_); }

    void parse(const std::vector<std::string>& words) const
    {
        constexpr int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
        try {
            po::variables_map values;
            po::store(
                po::command_line_parser(words).options(options_).positional(operands_).style(style).run(),
                values);
            po::notify(values);
        } catch (const po::unknown_option& error) {
            refuse_unknown(dashed(error.get_option_name()));
        } catch (const po::multiple_occurrences& error) {
            refuse("option '" + dashed(error.get_option_name()) + "' can be given only once");
        } catch (const po::too_many_positional_options_error&) {
            refuse("too many operands");
        } catch (const po::invalid_command_line_syntax& error) {
            const bool flag = error.kind() == po::invalid_syntax::extra_parameter;
            refuse("option '" + dashed(error.get_option_name()) +
                   (flag ? "' takes no value" : "' needs a value"));
        } catch (const po::error& error) {
            refuse(common::one_line(error.what()));
        }
    }

private:
    std::string hint() const
    {
        return "'soapstone help " + std::string(command_.name()) + "' lists what it takes";
    }

    [[noreturn]] void refuse(const std::string& why) const
    {
        throw Error(Trouble::invalid, std::string(command_.name()) + ": " + why, hint());
    }

    [[noreturn]] void refuse_unknown(const std::string& option) const
    {
        const std::string near =
            option.size() > 2 ? target::nearest(option.substr(2), option_names(options_, operands_)) : "";
        throw Error(Trouble::invalid, std::string(command_.name()) + ": unknown option '" + option + "'",
                    near.empty() ? hint() : "did you mean '--" + near + "'?");
    }

    Command& command_;
    po::options_description options_;
    po::positional_options_description operands_;
};

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
    Parser(*command).parse(rest);
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
    for (const auto make :
         {make_deploy, make_inventory, make_bmc, make_trust, make_doctor, make_status, make_logs, make_web,
          make_verify_log, make_cancel, make_resume, make_cleanup, make_version, make_help})
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
