#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace common {

/// A password, key or token. Wipes its memory when it goes, moves but is copied only on purpose, and has no
/// stream operator, so that it cannot end up in a message by accident.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string text) : text_(std::move(text)) {}
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret();

    Secret copy() const { return Secret(text_); }
    bool empty() const noexcept { return text_.empty(); }
    std::size_t size() const noexcept { return text_.size(); }

    /// The text itself, for the one call that needs it. Valid as long as this object.
    std::string_view reveal() const noexcept { return text_; }

private:
    void wipe() noexcept;

    std::string text_;
};

/// Overwrites memory so that the compiler cannot leave it out.
void wipe(char* bytes, std::size_t size) noexcept;

/// Overwrites `text` so that the compiler cannot leave it out, and empties it.
void wipe(std::string& text) noexcept;

/// Overwrites a text when it goes, whatever happens in between.
class Wiped {
public:
    explicit Wiped(std::string& text) : text_(text) {}
    ~Wiped() { wipe(text_); }
    Wiped(const Wiped&) = delete;
    Wiped& operator=(const Wiped&) = delete;

private:
    std::string& text_;
};

/// Compares in a time that does not tell where the difference is.
bool same_secret(std::string_view left, std::string_view right) noexcept;

} // namespace common
