// xs:dateTime <-> std::chrono::system_clock::time_point for gSOAP. The one that gSOAP ships drops fractions
// and overflows on remote input; this one is strict, writes milliseconds and Z, and accepts the years 1678 to
// 2261.
#include "wireH.h"

#include <charconv>
#include <cstdio>
#include <optional>
#include <string_view>

namespace {

using Time = std::chrono::system_clock::time_point;

/// Reads exactly `digits` digits from the front of `text`.
std::optional<int> number(std::string_view& text, std::size_t digits)
{
    if (text.size() < digits || text.find_first_not_of("0123456789") < digits)
        return std::nullopt;
    int value = 0;
    std::from_chars(text.data(), text.data() + digits, value);
    text.remove_prefix(digits);
    return value;
}

bool skip(std::string_view& text, char expected)
{
    if (text.empty() || text.front() != expected)
        return false;
    text.remove_prefix(1);
    return true;
}

std::optional<std::chrono::sys_days> date(std::string_view& text)
{
    const auto year = number(text, 4);
    const bool first = year && skip(text, '-');
    const auto month = first ? number(text, 2) : std::nullopt;
    const bool second = month && skip(text, '-');
    const auto day = second ? number(text, 2) : std::nullopt;
    if (!day || *year < 1678 || *year > 2261)
        return std::nullopt;
    const std::chrono::year_month_day ymd{std::chrono::year(*year),
                                          std::chrono::month(static_cast<unsigned>(*month)),
                                          std::chrono::day(static_cast<unsigned>(*day))};
    if (!ymd.ok())
        return std::nullopt;
    return std::chrono::sys_days(ymd);
}

std::optional<std::chrono::nanoseconds> fraction(std::string_view& text)
{
    if (!skip(text, '.'))
        return std::chrono::nanoseconds(0);
    long long nanoseconds = 0;
    long long unit = 100'000'000;
    std::size_t digits = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits, unit /= 10)
        nanoseconds += (text[digits] - '0') * unit;
    text.remove_prefix(digits);
    return digits == 0 ? std::nullopt : std::optional(std::chrono::nanoseconds(nanoseconds));
}

std::optional<std::chrono::nanoseconds> time_of_day(std::string_view& text)
{
    const auto hour = number(text, 2);
    const bool first = hour && skip(text, ':');
    const auto minute = first ? number(text, 2) : std::nullopt;
    const bool second_follows = minute && skip(text, ':');
    const auto second = second_follows ? number(text, 2) : std::nullopt;
    const auto rest = second ? fraction(text) : std::nullopt;
    if (!rest || *hour > 23 || *minute > 59 || *second > 59)
        return std::nullopt;
    return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second) + *rest;
}

/// Time zone; a time without one is taken as UTC.
std::optional<std::chrono::minutes> zone(std::string_view& text)
{
    if (text.empty() || skip(text, 'Z'))
        return std::chrono::minutes(0);
    const int sign = text.front() == '-' ? -1 : 1;
    if (!skip(text, '-') && !skip(text, '+'))
        return std::nullopt;
    const auto hour = number(text, 2);
    const bool colon = hour && skip(text, ':');
    const auto minute = colon ? number(text, 2) : std::nullopt;
    if (!minute || *hour > 14 || *minute > 59)
        return std::nullopt;
    return sign * (std::chrono::hours(*hour) + std::chrono::minutes(*minute));
}

std::optional<Time> parse(std::string_view text)
{
    const auto day = date(text);
    const bool separated = day && skip(text, 'T');
    const auto time = separated ? time_of_day(text) : std::nullopt;
    const auto offset = time ? zone(text) : std::nullopt;
    if (!offset || !text.empty())
        return std::nullopt;
    return Time(*day) + *time - *offset;
}

} // namespace

void soap_default_xsd__dateTime(soap*, Time* time)
{
    *time = Time();
}

void soap_serialize_xsd__dateTime(soap*, const Time*) {}

const char* soap_xsd__dateTime2s(soap* context, Time time)
{
    const auto days = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(days);
    const auto rest = std::chrono::floor<std::chrono::milliseconds>(time - days).count();
    std::snprintf(context->tmpbuf, sizeof context->tmpbuf, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(rest / 3'600'000),
                  static_cast<int>(rest / 60'000 % 60), static_cast<int>(rest / 1'000 % 60),
                  static_cast<int>(rest % 1'000));
    return context->tmpbuf;
}

int soap_s2xsd__dateTime(soap* context, const char* text, Time* time)
{
    if (!text)
        return SOAP_OK;
    const std::optional<Time> parsed = parse(text);
    if (!parsed)
        return context->error = SOAP_TYPE;
    *time = *parsed;
    return SOAP_OK;
}

int soap_out_xsd__dateTime(soap* context, const char* tag, int id, const Time* time, const char* type)
{
    const int out_id = soap_embedded_id(context, id, time, SOAP_TYPE_xsd__dateTime);
    if (soap_element_begin_out(context, tag, out_id, type) ||
        soap_string_out(context, soap_xsd__dateTime2s(context, *time), 0))
        return context->error;
    return soap_element_end_out(context, tag);
}

Time* soap_in_xsd__dateTime(soap* context, const char* tag, Time* time, const char* type)
{
    if (soap_element_begin_in(context, tag, 0, nullptr))
        return nullptr;
    if (*context->type && soap_match_tag(context, context->type, type) &&
        soap_match_tag(context, context->type, ":dateTime")) {
        context->error = SOAP_TYPE;
        soap_revert(context);
        return nullptr;
    }
    time = static_cast<Time*>(soap_id_enter(context, context->id, time, SOAP_TYPE_xsd__dateTime, sizeof(Time),
                                            nullptr, nullptr, nullptr, nullptr));
    if (!time)
        return nullptr;
    if (*context->href) {
        context->error = SOAP_HREF; // graphs of ids are not part of document/literal
        return nullptr;
    }
    if (context->body &&
        (soap_s2xsd__dateTime(context, soap_value(context), time) || soap_element_end_in(context, tag)))
        return nullptr;
    return time;
}
