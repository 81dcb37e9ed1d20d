#include "agent/installer/installer.hpp"

#include "common/error.hpp"
#include "common/text.hpp"

namespace agent::installer {

Command command_for(const common::JobOrder& order, const std::string& payload)
{
    Command command = method_for(order.kind).command(order, payload);
    const std::vector<std::string> usual = usual_environment();
    command.environment.insert(command.environment.begin(), usual.begin(), usual.end());
    return command;
}

Verdict normalise(const common::JobOrder& order, const Ending& ending)
{
    const Method& method = method_for(order.kind);
    const std::string map(method.map);
    if (ending.cancelled)
        return {Result::cancelled, map, "ended on request while it was running"};
    if (ending.timed_out)
        return {Result::timed_out, map,
                "did not end within " + common::duration_text(order.deadline) + " and was ended"};
    if (ending.start_error != 0)
        return {Result::failed, map, start_sentence(ending.start_error)};
    if (ending.signal)
        return {Result::killed, map, signal_sentence(*ending.signal)};
    Verdict verdict = method.verdict(order, ending.code.value_or(-1), ending.tail);
    if (verdict.result == Result::ok && ending.reboot_mark)
        return {Result::ok_reboot, map, "installed; the target asks for a reboot"};
    verdict.text = common::one_line(verdict.text, 500);
    return verdict;
}

std::vector<std::string> lines_with(std::string_view text, std::string_view part)
{
    std::vector<std::string> found;
    for (const std::string& line : common::split(text, '\n'))
        if (line.find(part) != std::string::npos)
            found.emplace_back(common::trim(line));
    return found;
}

std::string last_line(std::string_view text)
{
    const std::vector<std::string> lines = common::split(text, '\n');
    for (auto line = lines.rbegin(); line != lines.rend(); ++line)
        if (const std::string_view words = common::trim(*line); !words.empty())
            return common::one_line(words, 200);
    return {};
}

std::vector<std::string> indented_after(std::string_view text, std::string_view heading)
{
    std::vector<std::string> found;
    const std::size_t at = text.rfind(heading);
    if (at == std::string_view::npos)
        return found;
    const std::vector<std::string> lines = common::split(text.substr(at), '\n');
    for (std::size_t i = 1;
         i < lines.size() && !lines[i].empty() && (lines[i][0] == ' ' || lines[i][0] == '\t'); ++i)
        found.emplace_back(common::trim(lines[i]));
    return found;
}

} // namespace agent::installer
