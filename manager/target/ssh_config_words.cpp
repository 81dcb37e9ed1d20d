#include "manager/target/ssh_config_words.hpp"

#include "common/text.hpp"

#include <algorithm>
#include <cctype>
#include <fnmatch.h>

namespace manager::target {

namespace {

constexpr std::string_view blank = " \t\r\f";

void skip_blank(std::string_view& text)
{
    text.remove_prefix(std::min(text.find_first_not_of(blank), text.size()));
}

/// The next word; nothing when its quote is not closed. Quotes may stand anywhere in a word, and a backslash
/// takes the meaning from a quote, a blank (outside quotes) and from itself.
std::optional<std::string> take_word(std::string_view& text)
{
    std::string word;
    char quote = 0;
    std::size_t i = 0;
    for (; i < text.size() && (quote != 0 || blank.find(text[i]) == std::string_view::npos); ++i) {
        const char c = text[i];
        const char next = i + 1 < text.size() ? text[i + 1] : '\0';
        if (c == '\\' && (next == '\'' || next == '"' || next == '\\' || (quote == 0 && next == ' ')))
            word += text[++i];
        else if (quote == 0 && (c == '"' || c == '\''))
            quote = c;
        else if (c == quote)
            quote = 0;
        else
            word += c;
    }
    text.remove_prefix(i);
    return quote == 0 ? std::optional(word) : std::nullopt;
}

} // namespace

std::optional<ConfigLine> take_apart(std::string_view line)
{
    ConfigLine result;
    skip_blank(line);
    if (line.empty() || line[0] == '#')
        return result;
    const std::size_t end = std::min(line.find_first_of(" \t\r\f=\""), line.size());
    result.keyword = line.substr(0, end);
    std::transform(result.keyword.begin(), result.keyword.end(), result.keyword.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    line.remove_prefix(end);
    skip_blank(line);
    if (!line.empty() && line[0] == '=') {
        line.remove_prefix(1);
        skip_blank(line);
    }
    result.rest = common::trim(line);
    for (skip_blank(line); !line.empty() && line[0] != '#'; skip_blank(line)) {
        std::optional<std::string> word = take_word(line);
        if (!word)
            return std::nullopt;
        result.words.push_back(std::move(*word));
    }
    return result;
}

bool matches_list(const std::vector<std::string>& patterns, std::string_view text)
{
    const std::string word(text);
    const auto fits = [&](std::string_view pattern) {
        std::string plain; // fnmatch() knows more than ssh: [ and \ mean themselves here
        for (const char c : pattern) {
            if (c == '[' || c == '\\')
                plain += '\\';
            plain += c;
        }
        return ::fnmatch(plain.c_str(), word.c_str(), 0) == 0;
    };
    bool found = false;
    for (const std::string& pattern : patterns) {
        if (pattern.starts_with('!') && fits(std::string_view(pattern).substr(1)))
            return false;
        found = found || (!pattern.starts_with('!') && fits(pattern));
    }
    return found;
}

} // namespace manager::target
