#pragma once

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace common {

/// What the person at the keyboard can do about it. Decides retry, exit code and SOAP fault.
enum class Trouble {
    unreachable, ///< no answer in time; worth another try
    denied,      ///< login, host key or certificate refused; trying again changes nothing
    rejected,    ///< the other side understood and said no: disk full, wrong platform, failed dependency
    invalid,     ///< our input is wrong: option, file, baseline
    busy,        ///< somebody else holds what we need; worth another try later
    not_found,   ///< there is no such object, or it belongs to somebody else
    conflict,    ///< the same id was used before with other content
    defect,      ///< a bug of ours
};

std::string_view name_of(Trouble trouble);
/// The trouble of that name; nothing when there is none.
std::optional<Trouble> trouble_named(std::string_view name);

/// An error that tells the story: `what()` reads from the outermost action down to the cause, `hint()` names
/// the way out, for the person who reads it at 2 a.m. Neither ever holds a secret.
class Error : public std::exception {
public:
    Error(Trouble trouble, std::string text, std::string hint = {})
        : trouble_(trouble), text_(std::move(text)), hint_(std::move(hint))
    {
    }

    Trouble trouble() const noexcept { return trouble_; }
    const char* what() const noexcept override { return text_.c_str(); }
    const std::string& text() const noexcept { return text_; }
    const std::string& hint() const noexcept { return hint_; }

    /// Puts what was being done in front: "disk full" becomes "copying the agent: disk full".
    void prepend(std::string_view doing) { text_.insert(0, std::string(doing) + ": "); }

private:
    Trouble trouble_;
    std::string text_;
    std::string hint_;
};

/// What an errno means, in English: "Permission denied".
std::string error_text(int number);

/// The error that `errno` (or `number`) stands for, as in "opening /x: permission denied".
/// A full disk, a missing file and the like are `rejected`.
Error system_error(std::string_view doing, int number);
Error system_error(std::string_view doing);

/// Runs `step`. An error that leaves it tells what was being done: "copying the agent: disk full".
template <typename Step>
decltype(auto) while_doing(std::string_view doing, Step&& step)
{
    try {
        return std::forward<Step>(step)();
    } catch (Error& error) {
        error.prepend(doing);
        throw;
    }
}

} // namespace common
