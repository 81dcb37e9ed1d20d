#include "manager/rollout/run_log.hpp"

#include "common/clock.hpp"
#include "common/text.hpp"

#include <algorithm>

namespace manager::rollout {

namespace {

constexpr std::size_t most_events = 1'000; ///< taken from the store at once
constexpr std::size_t most_text = 1 << 20; ///< bytes about one target

} // namespace

std::vector<std::string> printed_lines(const std::string& output, std::size_t most)
{
    std::vector<std::string> lines;
    for (std::string line : common::split(output, '\n')) {
        if (line.ends_with('\r'))
            line.pop_back();
        line.erase(0, line.rfind('\r') + 1); // npos + 1 = nothing
        if (!line.empty())
            lines.push_back(common::one_line(line, most));
    }
    return lines;
}

std::vector<std::string> lines_of(const RunEvent& event)
{
    constexpr std::size_t longest = 2'000; // bytes of a sentence
    const std::string time = common::utc_text(common::from_milliseconds(event.time));
    std::vector<std::string> lines;
    for (const std::string& line : printed_lines(event.output, event.output.size()))
        lines.push_back(time + " | " + line);
    std::string text(event.outcome ? name_of(*event.outcome) : event.phase ? name_of(*event.phase) : "");
    if (!event.text.empty())
        text += (text.empty() ? "" : ": ") + common::one_line(event.text, longest);
    if (!text.empty())
        lines.push_back(time + " " + text);
    return lines;
}

void RunLog::add(std::size_t target, const std::string& lines)
{
    std::string& text = texts_[target];
    if (text.size() < most_text)
        text += text.size() + lines.size() < most_text ? lines : "and so on\n";
}

void RunLog::catch_up()
{
    for (;;) {
        std::vector<RunEvent> events = store_.events(run_, since_, most_events);
        for (RunEvent& event : events) {
            since_ = event.seq;
            event.output.clear();
            std::string lines;
            for (const std::string& line : lines_of(event))
                lines += line + "\n";
            if (event.target && *event.target < texts_.size())
                add(*event.target, lines);
            for (std::size_t i = 0; !event.target && i < texts_.size(); ++i)
                add(i, lines);
        }
        if (events.size() < most_events)
            return;
    }
}

std::string RunLog::text(std::size_t target)
{
    const std::lock_guard lock(mutex_);
    catch_up();
    return texts_.at(target);
}

std::vector<std::filesystem::path> kept_logs(const std::filesystem::path& folder)
{
    std::error_code failure; // no folder, no logs
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, failure))
        if (entry.is_regular_file() && !entry.is_symlink() && entry.path().filename() != "inventory.json")
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

} // namespace manager::rollout
