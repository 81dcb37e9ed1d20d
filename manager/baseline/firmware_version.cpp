#include "manager/baseline/firmware_version.hpp"

#include "common/text.hpp"

#include <algorithm>
#include <array>
#include <compare>

namespace manager::baseline {

namespace {

using Numbers = std::vector<std::uint64_t>;

constexpr std::uint64_t endless = UINT64_MAX; ///< stands for a number of too many digits
constexpr std::size_t longest = 200;          ///< bytes; what is longer is no version
constexpr std::string_view digits = "0123456789";
constexpr std::string_view hex_digits = "0123456789ABCDEF";

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_letter(char c)
{
    return c >= 'A' && c <= 'Z';
}

std::string upper_case(std::string_view text)
{
    std::string upper(text);
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return upper;
}

bool is_harmless(std::string_view text)
{
    return text.size() <= longest && common::one_line(text, longest + 1) == text;
}

/// Where the run of `characters` ends which begins at `at`.
std::size_t end_of(std::string_view text, std::size_t at, std::string_view characters)
{
    const std::size_t end = text.find_first_not_of(characters, at);
    return end == std::string_view::npos ? text.size() : end;
}

/// 1..12 for JAN..DECEMBER; 0 for another word.
std::uint32_t month_named(std::string_view word)
{
    constexpr std::array<std::string_view, 12> months{"JANUARY",   "FEBRUARY", "MARCH",    "APRIL",
                                                      "MAY",       "JUNE",     "JULY",     "AUGUST",
                                                      "SEPTEMBER", "OCTOBER",  "NOVEMBER", "DECEMBER"};
    for (std::size_t i = 0; i < months.size(); ++i)
        if (word.size() >= 3 && months[i].starts_with(word))
            return static_cast<std::uint32_t>(i + 1);
    return 0;
}

/// A word or a number of a text, and where it stands.
struct Word {
    std::size_t at = 0;
    std::size_t size = 0;
    std::string_view text{};
};

std::vector<Word> words_in(std::string_view text)
{
    std::vector<Word> words;
    for (std::size_t at = 0; at < text.size();) {
        const bool number = is_digit(text[at]);
        if (!number && !is_letter(text[at])) {
            ++at;
            continue;
        }
        std::size_t end = at + 1;
        while (end < text.size() && (number ? is_digit(text[end]) : is_letter(text[end])))
            ++end;
        words.push_back({at, end - at, text.substr(at, end - at)});
        at = end;
    }
    return words;
}

/// 20211029, when the three are a date in this century or the last.
std::optional<std::uint32_t> date_of(std::uint64_t year, std::uint64_t month, std::uint64_t day)
{
    if (year < 1980 || year > 2099 || month < 1 || month > 12 || day < 1 || day > 31)
        return std::nullopt;
    return static_cast<std::uint32_t>(year * 10'000 + month * 100 + day);
}

/// Between two parts of a date stands one and the same mark: 02/28/2020, 04-01-2026, 02_28_2020.
bool is_joined(std::string_view text, const Word& left, const Word& right, char mark)
{
    return left.at + left.size + 1 == right.at && text[right.at - 1] == mark;
}

std::uint64_t value_of(const Word& word, std::size_t most_digits)
{
    return word.size <= most_digits ? common::to_number(word.text).value_or(0) : 0;
}

std::optional<std::uint32_t> written_in_numbers(std::string_view text, const Word& one, const Word& two,
                                                const Word& three)
{
    for (const char mark : {'/', '-', '_'})
        if (is_joined(text, one, two, mark) && is_joined(text, two, three, mark))
            return one.size == 4 ? date_of(value_of(one, 4), value_of(two, 2), value_of(three, 2))
                                 : date_of(value_of(three, 4), value_of(one, 2), value_of(two, 2));
    return std::nullopt;
}

/// "May 11 2021", "11 May 2021", "Oct 29, 2021"
std::optional<std::uint32_t> written_in_words(const Word& one, const Word& two, const Word& three)
{
    if (const std::uint32_t month = month_named(one.text))
        return date_of(value_of(three, 4), month, value_of(two, 2));
    if (const std::uint32_t month = month_named(two.text))
        return date_of(value_of(three, 4), month, value_of(one, 2));
    return std::nullopt;
}

/// Takes a date out of `text`; nothing when there is none.
std::optional<std::uint32_t> take_date(std::string& text)
{
    const std::vector<Word> words = words_in(text);
    for (std::size_t i = 0; i + 2 < words.size(); ++i) {
        auto date = written_in_numbers(text, words[i], words[i + 1], words[i + 2]);
        if (!date)
            date = written_in_words(words[i], words[i + 1], words[i + 2]);
        if (!date)
            continue;
        const std::size_t end = words[i + 2].at + words[i + 2].size;
        std::fill(text.begin() + static_cast<std::ptrdiff_t>(words[i].at),
                  text.begin() + static_cast<std::ptrdiff_t>(end), ' ');
        return date;
    }
    return std::nullopt;
}

/// The number that tells the version, and where in the text it stands.
struct Found {
    std::size_t at = 0;
    std::size_t end = 0;
    Numbers numbers{};
    bool hexadecimal = false;
};

/// A number of more digits than fit into one is none that can be compared.
std::optional<Numbers> numbers_of(std::string_view dotted)
{
    Numbers numbers;
    for (const std::string& part : common::split(dotted, '.')) {
        const auto number = common::to_number(part);
        if (!number)
            return std::nullopt;
        numbers.push_back(*number);
    }
    return numbers;
}

/// 1.2 and longer, beginning at a number of which none stands in front.
std::optional<Found> dotted_number(std::string_view text)
{
    for (std::size_t at = text.find_first_of(digits); at != std::string_view::npos;
         at = text.find_first_of(digits, at)) {
        std::size_t end = end_of(text, at, digits);
        const std::size_t first = end;
        while (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1]))
            end = end_of(text, end + 1, digits);
        if (end > first)
            if (auto numbers = numbers_of(text.substr(at, end - at)))
                return Found{at, end, std::move(*numbers)};
        at = end;
    }
    return std::nullopt;
}

std::optional<Found> hex_number(std::string_view text, std::size_t at, std::size_t skip)
{
    const std::size_t end = end_of(text, at + skip, hex_digits);
    const std::size_t size = end - at - skip;
    if (size == 0 || size > 16)
        return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text.substr(at + skip, size))
        value = value << 4 | hex_digits.find(c);
    return Found{at, end, {value}, true};
}

/// 0x0D; also 0D, when that is all that there is: then it begins with a digit and has a letter of
/// hexadecimal.
std::optional<Found> hexadecimal(std::string_view text)
{
    const std::size_t marked = text.find("0X");
    if (marked != std::string_view::npos &&
        (marked == 0 || !(is_digit(text[marked - 1]) || is_letter(text[marked - 1]))))
        return hex_number(text, marked, 2);
    const std::string_view all = common::trim(text);
    const bool bare = !all.empty() && all.size() <= 8 && is_digit(all.front()) &&
                      all.find_first_not_of(hex_digits) == std::string_view::npos &&
                      all.find_first_not_of(digits) != std::string_view::npos;
    return bare ? hex_number(text, text.find(all), 0) : std::nullopt;
}

std::optional<Found> whole_number(std::string_view text)
{
    const std::size_t at = text.find_first_of(digits);
    if (at == std::string_view::npos)
        return std::nullopt;
    const std::size_t end = end_of(text, at, digits);
    auto numbers = numbers_of(text.substr(at, end - at));
    return numbers ? std::optional(Found{at, end, std::move(*numbers)}) : std::nullopt;
}

std::optional<Found> find_number(std::string_view text)
{
    if (auto found = dotted_number(text))
        return found;
    if (auto found = hexadecimal(text))
        return found;
    return whole_number(text);
}

/// What stands in front of the number, without the words that only say that it is a version.
std::string family_in(std::string_view text)
{
    std::string family;
    std::string word;
    const auto add_word = [&] {
        constexpr std::array<std::string_view, 6> noise{"V", "VER", "VERSION", "R", "REV", "REVISION"};
        if (std::find(noise.begin(), noise.end(), word) == noise.end())
            family += word;
        word.clear();
    };
    for (const char c : text)
        if (is_digit(c) || is_letter(c))
            word += c;
        else
            add_word();
    add_word();
    return family;
}

/// What stands behind the number: its shape, and the numbers in it.
void take_rest(FirmwareVersion& version, std::string_view text)
{
    for (std::size_t at = 0; at < text.size();) {
        if (is_digit(text[at])) {
            const std::size_t end = end_of(text, at, digits);
            version.rest += '#';
            version.rest_numbers.push_back(common::to_number(text.substr(at, end - at)).value_or(endless));
            at = end;
        } else {
            if (is_letter(text[at]))
                version.rest += text[at];
            ++at;
        }
    }
}

void drop_zeros(Numbers& numbers)
{
    while (numbers.size() > 1 && numbers.back() == 0)
        numbers.pop_back();
}

Order order_of(std::strong_ordering ordering)
{
    return ordering < 0 ? Order::older : ordering > 0 ? Order::newer : Order::same;
}

/// 0D and 10 may be 13 and 16, or 13 and 10.
bool are_comparable(const FirmwareVersion& left, const FirmwareVersion& right)
{
    if (left.hexadecimal != right.hexadecimal)
        return false;
    return left.prefix.empty() || right.prefix.empty() || left.prefix == right.prefix;
}

bool has_endless(const Numbers& numbers)
{
    return std::find(numbers.begin(), numbers.end(), endless) != numbers.end();
}

/// By what stands behind the number. A single letter there counts on, as 4.0a and 4.0b do.
Order compare_rests(const FirmwareVersion& left, const FirmwareVersion& right)
{
    const auto is_one_letter = [](const std::string& rest) { return rest.size() == 1 && is_letter(rest[0]); };
    if (left.rest != right.rest)
        return is_one_letter(left.rest) && is_one_letter(right.rest) ? order_of(left.rest <=> right.rest)
                                                                     : Order::unknown;
    if (has_endless(left.rest_numbers) || has_endless(right.rest_numbers))
        return Order::unknown;
    return order_of(left.rest_numbers <=> right.rest_numbers);
}

} // namespace

std::optional<FirmwareVersion> parse_firmware_version(std::string_view text)
{
    if (!is_harmless(text))
        return std::nullopt;
    std::string upper = upper_case(text);
    FirmwareVersion version;
    version.date = take_date(upper);
    std::optional<Found> found = find_number(upper);
    if (!found) {
        if (!version.date)
            return std::nullopt;
        version.prefix = family_in(upper);
        version.numbers = {*version.date}; // the date is all there is
        return version;
    }
    version.prefix = family_in(std::string_view(upper).substr(0, found->at));
    version.numbers = std::move(found->numbers);
    version.hexadecimal = found->hexadecimal;
    drop_zeros(version.numbers);
    take_rest(version, std::string_view(upper).substr(found->end));
    return version;
}

Order compare_firmware_versions(std::string_view left, std::string_view right)
{
    const auto older = parse_firmware_version(left);
    const auto newer = parse_firmware_version(right);
    if (!older || !newer || !are_comparable(*older, *newer))
        return Order::unknown;
    if (older->numbers != newer->numbers)
        return order_of(older->numbers <=> newer->numbers);
    const Order rests = compare_rests(*older, *newer);
    if (rests != Order::same || !older->date || !newer->date)
        return rests;
    return order_of(*older->date <=> *newer->date);
}

} // namespace manager::baseline
