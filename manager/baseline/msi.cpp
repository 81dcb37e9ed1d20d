#include "manager/baseline/msi.hpp"

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/baseline/compound_file.hpp"
#include "manager/baseline/little_endian.hpp"
#include "manager/baseline/msi_strings.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace manager::baseline {

namespace {

// The largest packages in use (of whole office suites) have texts of some MB.
constexpr std::size_t most_texts = 64 << 20;
constexpr std::size_t most_table = 4 << 20;
constexpr std::size_t most_summary = 1 << 20;
constexpr std::size_t longest_name = 256; ///< bytes

[[noreturn]] void refuse(const std::string& text)
{
    throw common::Error(common::Trouble::invalid, text);
}

void append_utf8(std::string& text, char16_t c)
{
    text += static_cast<char>(0xe0 | c >> 12);
    text += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    text += static_cast<char>(0x80 | (c & 0x3f));
}

/// How the stream of a table is called: up to two characters of its name become one, from where no script has
/// any.
std::string stream_of(std::string_view table)
{
    constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
    constexpr char16_t table_mark = 0x4840;
    constexpr char16_t first_single = 0x4800;
    constexpr char16_t first_pair = 0x3800;
    std::string name;
    append_utf8(name, table_mark);
    for (std::size_t i = 0; i < table.size(); i += 2) {
        const std::size_t one = digits.find(table[i]);
        const bool pair = i + 1 < table.size();
        const std::size_t two = pair ? digits.find(table[i + 1]) << 6 : 0;
        append_utf8(name, static_cast<char16_t>((pair ? first_pair : first_single) + one + two));
    }
    return name;
}

/// The table Property: a column of names, then one of values.
class Properties {
public:
    explicit Properties(const CompoundFile& file)
        : strings_(file.read(stream_of("_StringPool"), "list of texts", most_table),
                   file.read(stream_of("_StringData"), "texts", most_texts)),
          table_(file.read(stream_of("Property"), "table of properties", most_table))
    {
    }

    /// Empty when there is none of this name.
    std::string get(std::string_view name) const
    {
        const std::size_t width = strings_.reference_size();
        const std::size_t rows = table_.size() / (2 * width);
        for (std::size_t row = 0; row < rows; ++row)
            if (strings_.raw(little_endian(table_, row * width, width)) == name)
                return strings_.text(little_endian(table_, (rows + row) * width, width));
        return {};
    }

private:
    MsiStrings strings_;
    std::string table_;
};

/// "Intel;1033" and the like: for which processors and languages the package is. A set of properties of
/// OLE's: a head, then for each property its number and where its value is.
std::string platforms(const std::string& summary)
{
    constexpr std::size_t at_section = 44; ///< where the place of the first section stands
    constexpr std::uint32_t template_property = 7;
    constexpr std::uint32_t type_text = 30;
    const auto number = [&](std::size_t at) {
        if (at > summary.size() || summary.size() - at < 4)
            refuse("the package is damaged: its summary ends too early");
        return little_endian(summary, at, 4);
    };
    const std::size_t section = number(at_section);
    const std::size_t count = number(section + 4);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t entry = section + 8 + i * 8;
        if (number(entry) != template_property)
            continue;
        const std::size_t value = section + number(entry + 4);
        if (number(value) != type_text)
            break;
        return summary.substr(std::min(value + 8, summary.size()), number(value + 4));
    }
    return {};
}

std::string architecture_of(const std::string& summary)
{
    static const std::map<std::string, std::string, std::less<>> known{
        {"", "x86"}, {"Intel", "x86"}, {"x64", "x64"}, {"AMD64", "x64"}, {"Arm64", "arm64"}};
    const std::string text = platforms(summary);
    const std::string platform = text.substr(0, text.find(';'));
    const auto found = known.find(std::string(platform.c_str())); // the text may end with NULs
    if (found == known.end())
        refuse("the package is for another platform than x64, x86 and arm64: '" +
               common::one_line(platform, 40) + "'");
    return found->second;
}

bool consists_of(std::string_view text, std::string_view characters)
{
    return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

bool is_code(std::string_view text)
{
    return text.size() == 38 && text.front() == '{' && text.back() == '}' &&
           consists_of(text.substr(1, 36), "0123456789ABCDEF-");
}

std::string upper_case(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return text;
}

void check(const PackageFacts& facts)
{
    if (facts.name.empty() || facts.name.size() > longest_name ||
        common::one_line(facts.name, longest_name) != facts.name)
        refuse("the package's ProductName '" + common::one_line(facts.name, 60) + "' is not a valid one");
    if (!consists_of(facts.version, "0123456789.") || facts.version.size() > 40)
        refuse("the package's ProductVersion '" + common::one_line(facts.version, 60) +
               "' is not a valid one");
    if (!is_code(facts.code))
        refuse("the package's ProductCode '" + common::one_line(facts.code, 60) + "' is not a valid one");
}

} // namespace

PackageFacts read_msi(int descriptor)
{
    const CompoundFile file(descriptor);
    const Properties properties(file);
    PackageFacts facts;
    facts.name = properties.get("ProductName");
    facts.version = properties.get("ProductVersion");
    facts.code = upper_case(properties.get("ProductCode"));
    facts.architecture = architecture_of(file.read("\005SummaryInformation", "summary", most_summary));
    check(facts);
    return facts;
}

int compare_msi_versions(const std::string& left, const std::string& right)
{
    const std::vector<std::string> older = common::split(left, '.');
    const std::vector<std::string> newer = common::split(right, '.');
    for (std::size_t i = 0; i < std::max(older.size(), newer.size()); ++i) {
        const auto number = [i](const std::vector<std::string>& parts) {
            return i < parts.size() ? common::to_number(parts[i]).value_or(0) : 0;
        };
        if (number(older) != number(newer))
            return number(older) < number(newer) ? -1 : 1;
    }
    return 0;
}

} // namespace manager::baseline
