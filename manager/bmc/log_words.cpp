#include "manager/bmc/log_words.hpp"

#include "common/text.hpp"

#include <algorithm>
#include <cctype>

namespace manager::bmc {

namespace {

constexpr std::size_t most_line = 1'000; ///< bytes

std::string created(const Json& entry)
{
    return text_at(entry, {"Created"});
}

std::string number_text(const Json& object, Keys keys)
{
    const auto number = number_at(object, keys);
    return number ? std::to_string(*number) : std::string();
}

/// What HPE tells besides.
std::vector<std::string> details(const Json& entry)
{
    std::vector<std::string> parts;
    const auto add = [&](const char* word, const std::string& text) {
        if (!text.empty())
            parts.push_back(word + text);
    };
    const Json& own = at(entry, {"Oem", "Hpe"});
    add("event ", number_text(own, {"EventNumber"}));
    add("class ", number_text(own, {"Class"}));
    if (const auto count = number_at(own, {"Count"}); count && *count > 1)
        parts.push_back(std::to_string(*count) + " times");
    if (const std::string updated = text_at(own, {"Updated"}); updated != created(entry))
        add("last ", updated);
    add("", text_at(entry, {"MessageId"}));
    add("to do: ", text_at(own, {"RecommendedAction"}));
    return parts;
}

} // namespace

std::string log_name(const std::string& id)
{
    std::string name;
    for (const char c : id.substr(0, 60))
        name += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' ? c : '_';
    return name.find_first_not_of('_') == std::string::npos ? "log" : name;
}

std::string log_line(const Json& entry)
{
    std::vector<std::string> words;
    for (const std::string& word :
         {created(entry), text_at(entry, {"Severity"}), text_at(entry, {"Message"})})
        if (!word.empty())
            words.push_back(word);
    const std::vector<std::string> more = details(entry);
    if (!more.empty())
        words.push_back('[' + common::join(more, ", ") + ']');
    return common::one_line(common::join(words, " "), most_line);
}

std::vector<std::string> log_lines(const std::vector<Json>& entries)
{
    std::vector<const Json*> sorted;
    for (const Json& entry : entries)
        sorted.push_back(&entry);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Json* left, const Json* right) { return created(*left) < created(*right); });
    std::vector<std::string> lines;
    for (const Json* entry : sorted)
        if (std::string line = log_line(*entry); !line.empty())
            lines.push_back(std::move(line));
    return lines;
}

} // namespace manager::bmc
