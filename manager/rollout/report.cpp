#include "manager/rollout/report.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <tuple>

namespace manager::rollout {

namespace {

bool part_of_word(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

/// True when `text` has a word of its own at `start`: "10.0.0.1" is none in "10.0.0.12" or
/// "10.0.0.1.example".
bool stands_alone(const std::string& text, std::size_t start, std::size_t size)
{
    if (start > 0 && (part_of_word(text[start - 1]) || text[start - 1] == '.'))
        return false;
    const std::size_t end = start + size;
    if (end >= text.size())
        return true;
    if (text[end] == '.')
        return end + 1 >= text.size() || !part_of_word(text[end + 1]);
    return !part_of_word(text[end]);
}

void replace_word(std::string& text, const std::string& word, std::string_view replacement)
{
    if (word.empty())
        return;
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at)) {
        if (stands_alone(text, at, word.size())) {
            text.replace(at, word.size(), replacement);
            at += replacement.size();
        } else {
            ++at;
        }
    }
}

/// Length of the id (32 or more hexadecimal digits) at `start`; 0 when there is none.
std::size_t id_length(const std::string& text, std::size_t start)
{
    const std::size_t end = std::min(text.find_first_not_of("0123456789abcdef", start), text.size());
    return end - start >= 32 ? end - start : 0;
}

/// Length of the time `2031-05-04T09:14:07.231Z` at `start`; 0 when there is none.
std::size_t time_length(const std::string& text, std::size_t start)
{
    constexpr std::string_view form = "0000-00-00T00:00:00.000Z";
    if (text.size() - start < form.size())
        return 0;
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool digit = std::isdigit(static_cast<unsigned char>(text[start + i])) != 0;
        if (form[i] == '0' ? !digit : text[start + i] != form[i])
            return 0;
    }
    return form.size();
}

void replace_ids_and_times(std::string& text)
{
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (at > 0 && part_of_word(text[at - 1]))
            continue;
        if (const std::size_t time = time_length(text, at); time > 0)
            text.replace(at, time, "<time>");
        else if (const std::size_t id = id_length(text, at); id > 0)
            text.replace(at, id, "<id>");
    }
}

bool ended_well(Outcome outcome)
{
    return outcome == Outcome::updated || outcome == Outcome::updated_reboot_pending ||
           outcome == Outcome::nothing_needed;
}

std::string harmless(const std::string& name)
{
    std::string folder;
    for (const char c : name)
        folder += c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '_' : c;
    if (folder.empty() || folder.front() == '.')
        folder.insert(0, "_");
    return folder.substr(0, 200); // bytes; file systems take 255
}

} // namespace

std::vector<std::string> folder_names(const std::vector<target::Target>& targets)
{
    // report.json and lock are files of the run's folder itself
    std::set<std::string> taken{"report.json", "report.json.new", "lock"};
    std::vector<std::string> names;
    for (const target::Target& target : targets) {
        const std::string wanted = harmless(target.name);
        std::string name = wanted;
        for (int number = 2; !taken.insert(name).second; ++number)
            name = wanted + "~" + std::to_string(number);
        names.push_back(std::move(name));
    }
    return names;
}

Outcome outcome_of(const TargetState& target)
{
    if (target.outcome)
        return *target.outcome;
    return target.phase == Phase::waiting && !target.touched ? Outcome::not_started : Outcome::interrupted;
}

std::map<Outcome, std::size_t> count(const Run& run)
{
    std::map<Outcome, std::size_t> counts;
    for (const Outcome outcome : every_outcome)
        counts[outcome] = 0;
    for (const TargetState& target : run.targets)
        ++counts[outcome_of(target)];
    return counts;
}

std::string cause_of(const std::string& text, const target::Target& target)
{
    std::string cause = text;
    replace_word(cause, target.name, "<target>");
    replace_word(cause, target.host, "<target>");
    replace_ids_and_times(cause);
    return cause;
}

std::vector<Cluster> clusters(const Run& run)
{
    using Cause = std::tuple<Outcome, Phase, std::string>;
    std::map<Cause, Cluster> by_cause;
    for (std::size_t i = 0; i < run.targets.size(); ++i) {
        const TargetState& state = run.targets[i];
        const Outcome outcome = outcome_of(state);
        if (ended_well(outcome))
            continue;
        const std::string cause = cause_of(state.text, run.request.targets[i]);
        Cluster& cluster = by_cause[{outcome, state.failed_in, cause}];
        if (cluster.targets.empty())
            cluster = {outcome, state.failed_in, state.text, state.hint, {}};
        else
            cluster.cause = cause;
        cluster.targets.push_back(i);
    }
    std::vector<Cluster> all;
    for (auto& [cause, cluster] : by_cause)
        all.push_back(std::move(cluster));
    std::stable_sort(all.begin(), all.end(), [](const Cluster& left, const Cluster& right) {
        return left.targets.size() > right.targets.size();
    });
    return all;
}

} // namespace manager::rollout
