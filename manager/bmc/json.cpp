#include "manager/bmc/json.hpp"

#include "common/error.hpp"

#include <algorithm>
#include <array>

namespace manager::bmc {

namespace {

constexpr int most_levels = 64;

const Json& nothing()
{
    static const Json null;
    return null;
}

} // namespace

Json json_or_null(const std::string& text)
{
    bool too_deep = false;
    const auto look = [&](int depth, Json::parse_event_t, Json&) {
        too_deep = too_deep || depth > most_levels;
        return !too_deep;
    };
    Json found = Json::parse(text, look, false);
    return found.is_discarded() || too_deep ? Json() : found;
}

Json parse_json(const std::string& text)
{
    Json found = json_or_null(text);
    if (found.is_null())
        throw common::Error(common::Trouble::rejected, "the BMC's answer is no JSON that can be read");
    return found;
}

const Json& at(const Json& object, Keys keys)
{
    const Json* here = &object;
    for (const char* key : keys) {
        if (!here->is_object())
            return nothing();
        const auto member = here->find(key);
        if (member == here->end())
            return nothing();
        here = &*member;
    }
    return *here;
}

std::string text_at(const Json& object, Keys keys)
{
    const Json& found = at(object, keys);
    return found.is_string() ? found.get<std::string>() : std::string();
}

std::optional<std::uint64_t> number_at(const Json& object, Keys keys)
{
    const Json& found = at(object, keys);
    return found.is_number_unsigned() ? std::optional(found.get<std::uint64_t>()) : std::nullopt;
}

bool flag_at(const Json& object, Keys keys)
{
    const Json& found = at(object, keys);
    return found.is_boolean() && found.get<bool>();
}

std::vector<std::string> texts_at(const Json& object, Keys keys)
{
    std::vector<std::string> texts;
    const Json& found = at(object, keys);
    if (found.is_array())
        for (const Json& entry : found)
            if (entry.is_string())
                texts.push_back(entry.get<std::string>());
    return texts;
}

std::string link_at(const Json& object, Keys keys)
{
    return path_of(text_at(at(object, keys), {"@odata.id"}));
}

std::vector<std::string> links_at(const Json& object, Keys keys)
{
    std::vector<std::string> links;
    const Json& found = at(object, keys);
    if (found.is_array())
        for (const Json& entry : found)
            if (std::string link = link_at(entry, {}); !link.empty())
                links.push_back(std::move(link));
    return links;
}

std::string path_of(std::string_view uri)
{
    for (const std::string_view scheme : {"https://", "http://"})
        if (uri.starts_with(scheme)) {
            const std::size_t slash = uri.find('/', scheme.size());
            uri = slash == std::string_view::npos ? std::string_view() : uri.substr(slash);
        }
    const bool odd =
        std::any_of(uri.begin(), uri.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; });
    if (uri.empty() || uri.front() != '/' || uri.starts_with("//") || odd || uri.size() > 1'000)
        return {};
    return std::string(uri.substr(0, uri.find('#')));
}

std::string json_string(std::string_view text)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(6 * text.size() + 2); // never moved, so that nothing is left behind
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            out += '\\';
        if (byte >= 0x20)
            out += c;
        else
            out.append("\\u00").append(1, digits[byte / 16]).append(1, digits[byte % 16]);
    }
    out += '"';
    return out;
}

} // namespace manager::bmc
