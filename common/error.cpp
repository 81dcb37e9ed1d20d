#include "common/error.hpp"

#include <cerrno>

namespace common {

std::string_view name_of(Trouble trouble)
{
    switch (trouble) {
    case Trouble::unreachable:
        return "unreachable";
    case Trouble::denied:
        return "denied";
    case Trouble::rejected:
        return "rejected";
    case Trouble::invalid:
        return "invalid";
    case Trouble::busy:
        return "busy";
    case Trouble::not_found:
        return "not_found";
    case Trouble::conflict:
        return "conflict";
    case Trouble::defect:
        return "defect";
    }
    return "defect";
}

std::optional<Trouble> trouble_named(std::string_view name)
{
    for (int number = 0; number <= static_cast<int>(Trouble::defect); ++number)
        if (const auto trouble = static_cast<Trouble>(number); name_of(trouble) == name)
            return trouble;
    return std::nullopt;
}

Error system_error(std::string_view doing, int number)
{
    std::string text(doing);
    text += ": " + error_text(number);
    switch (number) {
    case ETIMEDOUT:
    case ECONNREFUSED:
    case ECONNRESET:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EPIPE:
        return {Trouble::unreachable, std::move(text)};
    case EBADF:
    case EFAULT:
        return {Trouble::defect, std::move(text)};
    default:
        return {Trouble::rejected, std::move(text)};
    }
}

Error system_error(std::string_view doing)
{
    return system_error(doing, errno);
}

} // namespace common
