#include "manager/cli/usage.hpp"

#include "common/text.hpp"

#include <algorithm>
#include <ostream>
#include <set>

namespace manager::cli {

namespace {

constexpr std::size_t width = 100;    ///< of help texts; they also go to files and pagers
constexpr std::size_t left_side = 34; ///< where descriptions begin

/// `text` in lines of at most `room` bytes, broken at blanks.
std::vector<std::string> wrapped(const std::string& text, std::size_t room)
{
    std::vector<std::string> lines{""};
    for (const std::string& word : common::split(text, ' ')) {
        if (!lines.back().empty() && lines.back().size() + 1 + word.size() > room)
            lines.emplace_back();
        lines.back() += (lines.back().empty() ? "" : " ") + word;
    }
    return lines;
}

void print_row(std::ostream& out, std::string left, const std::string& right)
{
    if (left.size() + 2 > left_side) {
        out << left << '\n';
        left.clear();
    }
    for (const std::string& line : wrapped(right, width - left_side)) {
        out << left << std::string(left_side - left.size(), ' ') << line << '\n';
        left.clear();
    }
}

std::string left_of(const po::option_description& option)
{
    const std::string short_name =
        option.canonical_display_name(po::command_line_style::allow_dash_for_short);
    const bool has_short = short_name.size() == 2 && short_name[0] == '-';
    std::string text = has_short ? "  " + short_name + ", " : "      ";
    text += "--" + option.long_name();
    // bool_switch calls its value "arg" as well, but takes none.
    if (option.semantic()->max_tokens() > 0)
        text += " " + option.format_parameter();
    return text;
}

std::vector<const po::option_description*> visible(const po::options_description& options,
                                                   const po::positional_options_description& operands)
{
    constexpr unsigned most_places = 8; // the last operand may come any number of times
    std::set<std::string> hidden;
    for (unsigned place = 0; place < std::min(operands.max_total_count(), most_places); ++place)
        hidden.insert(operands.name_for_position(place));
    std::vector<const po::option_description*> found;
    for (const auto& option : options.options())
        if (!option->description().empty() && hidden.count(option->long_name()) == 0)
            found.push_back(option.get());
    return found;
}

} // namespace

std::vector<std::string> option_names(const po::options_description& options,
                                      const po::positional_options_description& operands)
{
    std::vector<std::string> names;
    for (const po::option_description* option : visible(options, operands))
        names.push_back(option->long_name());
    return names;
}

void print_usage(Command& command, std::ostream& out)
{
    po::options_description options;
    po::positional_options_description operands;
    command.declare(options, operands);
    const std::vector<const po::option_description*> shown = visible(options, operands);
    out << "usage: soapstone " << command.name() << (shown.empty() ? "" : " [OPTION...]")
        << (command.operands().empty() ? "" : " ") << command.operands() << "\n\n"
        << command.summary() << '\n';
    if (!shown.empty())
        out << "\noptions:\n";
    for (const po::option_description* option : shown)
        print_row(out, left_of(*option), option->description());
}

void print_overview(std::ostream& out)
{
    out << "usage: soapstone COMMAND [OPTION...] [OPERAND...]\n\n"
           "Puts software on many servers at once and leaves nothing there but logs.\n\n"
           "commands:\n";
    for (const CommandHandle& command : every_command())
        print_row(out, "  " + std::string(command->name()), std::string(command->summary()));
    out << "\n'soapstone help COMMAND' tells what a command takes.\n";
}

} // namespace manager::cli
