#include "common/fields.hpp"

#include "common/error.hpp"
#include "common/text.hpp"

namespace common {

namespace {

constexpr std::size_t most_bytes = 64 << 10;

std::string encode(std::string_view value)
{
    std::string out;
    for (const char c : value) {
        if (c == '\n' || c == '\r' || c == '%' || c == '\0')
            out += '%' + to_hex(std::string_view(&c, 1));
        else
            out += c;
    }
    return out;
}

std::string decode(std::string_view value)
{
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] != '%') {
            out += value[i];
            continue;
        }
        const std::optional<std::string> byte = from_hex(value.substr(i + 1, 2));
        if (!byte || byte->empty())
            throw Error(Trouble::invalid, "a % in a record is not followed by two hexadecimal digits");
        out += *byte;
        i += 2;
    }
    return out;
}

} // namespace

Fields Fields::parse(std::string_view text, std::string_view format)
{
    if (text.size() > most_bytes)
        throw Error(Trouble::invalid, "a record is larger than 64 KiB");
    std::vector<std::string> lines = split(text, '\n');
    if (lines.front() != format)
        throw Error(Trouble::invalid, "expected a record of the format \"" + std::string(format) +
                                          "\", found \"" + one_line(lines.front(), 60) + "\"");
    if (lines.size() < 3 || lines[lines.size() - 2] != "end" || !lines.back().empty())
        throw Error(Trouble::invalid, "a record of the format \"" + std::string(format) + "\" is cut short");
    Fields fields{std::string(format)};
    for (std::size_t i = 1; i + 2 < lines.size(); ++i) {
        const std::size_t blank = lines[i].find(' ');
        if (blank == std::string::npos || blank == 0)
            throw Error(Trouble::invalid,
                        "line " + std::to_string(i + 1) + " of a record is not \"key value\"");
        fields.fields_.emplace_back(lines[i].substr(0, blank),
                                    decode(std::string_view(lines[i]).substr(blank + 1)));
    }
    return fields;
}

Fields& Fields::add(std::string key, std::string_view value)
{
    fields_.emplace_back(std::move(key), value);
    return *this;
}

const std::string* Fields::find(std::string_view key) const
{
    for (const auto& [name, value] : fields_)
        if (name == key)
            return &value;
    return nullptr;
}

const std::string& Fields::get(std::string_view key) const
{
    if (const std::string* value = find(key))
        return *value;
    throw Error(Trouble::invalid, "the field \"" + std::string(key) +
                                      "\" is missing in a record of the format \"" + format_ + "\"");
}

std::string Fields::get_or(std::string_view key, std::string_view otherwise) const
{
    const std::string* value = find(key);
    return value ? *value : std::string(otherwise);
}

std::uint64_t Fields::number(std::string_view key, std::uint64_t most) const
{
    if (const std::optional<std::uint64_t> value = to_number(get(key), most))
        return *value;
    throw Error(Trouble::invalid,
                "the field \"" + std::string(key) + "\" is not a number up to " + std::to_string(most));
}

std::vector<std::string> Fields::all(std::string_view key) const
{
    std::vector<std::string> values;
    for (const auto& [name, value] : fields_)
        if (name == key)
            values.push_back(value);
    return values;
}

std::string Fields::text() const
{
    std::string text = format_ + '\n';
    for (const auto& [key, value] : fields_)
        text += key + ' ' + encode(value) + '\n';
    return text + "end\n";
}

} // namespace common
