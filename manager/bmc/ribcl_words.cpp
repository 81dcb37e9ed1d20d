#include "manager/bmc/ribcl_words.hpp"

#include "common/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace manager::bmc {

namespace {

constexpr std::size_t most_tags = 20'000;
constexpr std::array entities{
    std::pair{std::string_view("&lt;"), '<'}, std::pair{std::string_view("&gt;"), '>'},
    std::pair{std::string_view("&quot;"), '"'}, std::pair{std::string_view("&apos;"), '\''},
    std::pair{std::string_view("&amp;"), '&'}};

std::string upper(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

bool is_name(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == ':' || c == '.';
}

bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string without_entities(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const auto entity = std::find_if(entities.begin(), entities.end(), [&](const auto& one) {
            return text.substr(i).starts_with(one.first);
        });
        out += entity == entities.end() ? text[i] : entity->second;
        i += entity == entities.end() ? 1 : entity->first.size();
    }
    return out;
}

std::string name_at(std::string_view text, std::size_t& at)
{
    const std::size_t from = at;
    while (at < text.size() && is_name(text[at]))
        ++at;
    return upper(text.substr(from, at - from));
}

void skip_space(std::string_view text, std::size_t& at)
{
    while (at < text.size() && is_space(text[at]))
        ++at;
}

/// The value at `at` behind '='; without quotes up to the next space or the tag's end.
std::string value_at(std::string_view text, std::size_t& at)
{
    const char quote = at < text.size() ? text[at] : '\0';
    if (quote != '"' && quote != '\'') {
        const std::size_t from = at;
        while (at < text.size() && !is_space(text[at]) && text[at] != '>')
            ++at;
        return std::string(text.substr(from, at - from));
    }
    const std::size_t end = std::min(text.find(quote, at + 1), text.size());
    const std::string value = without_entities(text.substr(at + 1, end - at - 1));
    at = std::min(end + 1, text.size());
    return value;
}

/// `at` stands behind '<' and the tag's name; afterwards behind its end.
void read_attributes(std::string_view text, std::size_t& at, RibclTag& tag)
{
    while (at < text.size() && text[at] != '>' && text[at] != '<') {
        skip_space(text, at);
        const std::string name = name_at(text, at);
        if (name.empty()) {
            at += at < text.size() && text[at] != '>' && text[at] != '<' ? 1 : 0;
            continue;
        }
        skip_space(text, at);
        if (at >= text.size() || text[at] != '=')
            continue;
        skip_space(text, ++at);
        tag.attributes[name] = value_at(text, at);
    }
}

unsigned status_of(const std::string& text)
{
    unsigned value = 0;
    if (text.size() < 3 || text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
        return 0;
    for (const char c : text.substr(2, 8)) {
        if (std::isxdigit(static_cast<unsigned char>(c)) == 0)
            return value;
        const int digit = std::isdigit(static_cast<unsigned char>(c)) != 0 ? c - '0' : (c | 0x20) - 'a' + 10;
        value = value * 16 + static_cast<unsigned>(digit);
    }
    return value;
}

/// The text of the first element `name`.
std::string element(const std::string& text, const std::string& name)
{
    const std::size_t open = text.find('<' + name + '>');
    if (open == std::string::npos)
        return {};
    const std::size_t from = open + name.size() + 2;
    const std::size_t to = text.find('<', from);
    return to == std::string::npos ? std::string()
                                   : common::one_line(without_entities(text.substr(from, to - from)), 100);
}

} // namespace

std::string RibclTag::value(const std::string& attribute) const
{
    const auto found = attributes.find(attribute);
    return found == attributes.end() ? std::string() : found->second;
}

std::vector<RibclTag> ribcl_tags(std::string_view text)
{
    std::vector<RibclTag> tags;
    for (std::size_t at = text.find('<'); at != std::string_view::npos && tags.size() < most_tags;
         at = text.find('<', at)) {
        ++at;
        RibclTag tag;
        tag.name = name_at(text, at);
        if (tag.name.empty()) // closing, a declaration, a comment
            continue;
        read_attributes(text, at, tag);
        tags.push_back(std::move(tag));
    }
    return tags;
}

RibclAnswer read_ribcl(std::string_view text)
{
    RibclAnswer answer;
    answer.tags = ribcl_tags(text);
    for (const RibclTag& tag : answer.tags)
        if (tag.name == "RESPONSE" && answer.status == 0) {
            answer.status = status_of(tag.value("STATUS"));
            answer.message = common::one_line(tag.value("MESSAGE"), 200);
        }
    return answer;
}

std::string newest_inform(std::string_view text)
{
    constexpr std::string_view open = "<INFORM>";
    const std::size_t end = text.rfind("</INFORM>");
    const std::size_t last = end == std::string_view::npos ? end : text.rfind(open, end);
    if (last == std::string_view::npos)
        return {};
    return common::one_line(common::trim(text.substr(last + open.size(), end - last - open.size())), 200);
}

bool is_ribcl(std::string_view text)
{
    const std::vector<RibclTag> tags = ribcl_tags(text.substr(0, 1'000));
    return !tags.empty() && tags.front().name == "RIBCL";
}

std::optional<RibclFacts> read_xmldata(const std::string& text)
{
    if (text.find("<RIMP>") == std::string::npos)
        return std::nullopt;
    RibclFacts facts;
    facts.product = element(text, "SPN");
    facts.serial = element(text, "SBSN");
    facts.uuid = element(text, "cUUID");
    facts.kind = element(text, "PN");
    facts.version = element(text, "FWRI");
    return facts;
}

std::string ribcl_value(std::string_view text)
{
    std::string out;
    out.reserve(6 * text.size()); // never moved, so that nothing is left behind
    for (const char c : text) {
        const auto entity =
            std::find_if(entities.begin(), entities.end(), [&](const auto& one) { return one.second == c; });
        if (entity == entities.end())
            out += c;
        else
            out += entity->first;
    }
    return out;
}

std::string ribcl_request(std::string_view user, std::string_view password, const std::string& part,
                          const std::string& mode, const std::string& command)
{
    std::string text;
    text.reserve(6 * (user.size() + password.size()) + command.size() + 500);
    std::string safe_user = ribcl_value(user);
    std::string safe_password = ribcl_value(password);
    text.append("<?xml version=\"1.0\"?>\r\n<RIBCL VERSION=\"2.0\">\r\n<LOGIN USER_LOGIN=\"")
        .append(safe_user)
        .append("\" PASSWORD=\"")
        .append(safe_password)
        .append("\">\r\n<")
        .append(part)
        .append(" MODE=\"")
        .append(mode)
        .append("\">\r\n")
        .append(command)
        .append("\r\n</")
        .append(part)
        .append(">\r\n</LOGIN>\r\n</RIBCL>\r\n");
    std::fill(safe_password.begin(), safe_password.end(), '\0');
    return text;
}

std::vector<std::string> ribcl_log_lines(const RibclAnswer& answer)
{
    std::vector<std::string> lines;
    for (const RibclTag& tag : answer.tags) {
        if (tag.name != "EVENT")
            continue;
        std::vector<std::string> words;
        for (const char* attribute : {"INITIAL_UPDATE", "SEVERITY", "CLASS", "DESCRIPTION"})
            if (const std::string word = tag.value(attribute); !word.empty())
                words.push_back(word);
        if (const std::string count = tag.value("COUNT"); !count.empty() && count != "1")
            words.push_back('[' + count + " times, last " + tag.value("LAST_UPDATE") + ']');
        lines.push_back(common::one_line(common::join(words, " "), 1'000));
    }
    return lines;
}

} // namespace manager::bmc
