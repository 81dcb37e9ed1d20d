#include "manager/cli/parser.hpp"

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/cli/usage.hpp"
#include "manager/target/nearest.hpp"

#include <algorithm>

namespace manager::cli {

namespace {

using common::Error;
using common::Trouble;

/// Program_options reports "--option", "-o" or "option", depending on the error, perhaps with "=value".
std::string dashed(const std::string& reported)
{
    const std::string word = reported.substr(0, reported.find('='));
    const std::string name = word.substr(std::min(word.find_first_not_of('-'), word.size()));
    return (name.size() == 1 ? "-" : "--") + common::one_line(name, 60);
}

std::string hint(std::string_view command)
{
    return "'soapstone help " + std::string(command) + "' lists what it takes";
}

[[noreturn]] void refuse(std::string_view command, const std::string& why)
{
    throw Error(Trouble::invalid, std::string(command) + ": " + why, hint(command));
}

[[noreturn]] void refuse_unknown(std::string_view command, const Declared& declared,
                                 const std::string& option)
{
    const std::string near =
        option.size() > 2
            ? target::nearest(option.substr(2), option_names(declared.options, declared.operands))
            : "";
    throw Error(Trouble::invalid, std::string(command) + ": unknown option '" + option + "'",
                near.empty() ? hint(command) : "did you mean '--" + near + "'?");
}

} // namespace

po::parsed_options parse(std::string_view command, const Declared& declared,
                         const std::vector<std::string>& words, const std::vector<po::option>& more)
{
    constexpr int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    try {
        po::parsed_options parsed = po::command_line_parser(words)
                                        .options(declared.options)
                                        .positional(declared.operands)
                                        .style(style)
                                        .run();
        parsed.options.insert(parsed.options.end(), more.begin(), more.end());
        po::variables_map values;
        po::store(parsed, values);
        po::notify(values);
        return parsed;
    } catch (const po::unknown_option& error) {
        refuse_unknown(command, declared, dashed(error.get_option_name()));
    } catch (const po::multiple_occurrences& error) {
        refuse(command, "option '" + dashed(error.get_option_name()) + "' can be given only once");
    } catch (const po::too_many_positional_options_error&) {
        refuse(command, "too many operands");
    } catch (const po::invalid_command_line_syntax& error) {
        const bool flag = error.kind() == po::invalid_syntax::extra_parameter;
        refuse(command, "option '" + dashed(error.get_option_name()) +
                            (flag ? "' takes no value" : "' needs a value"));
    } catch (const po::error& error) {
        refuse(command, common::one_line(error.what()));
    }
}

} // namespace manager::cli
