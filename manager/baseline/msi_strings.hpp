#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace manager::baseline {

/// The texts of a package of the Windows Installer, in which its tables name them by number.
class MsiStrings {
public:
    /// `pool` and `data` are the package's streams. Throws `invalid` when they contradict each other.
    MsiStrings(std::string_view pool, std::string data);

    std::size_t reference_size() const { return reference_size_; } ///< bytes of a number in a table

    /// As it is stored, in the package's code page; empty for 0. Throws `invalid` for a number that is none.
    std::string_view raw(std::uint32_t number) const;

    /// In UTF-8. Throws `invalid` as well when the text is none of the code page, or that is not known here.
    std::string text(std::uint32_t number) const;

private:
    struct Place {
        std::size_t at;
        std::size_t size;
    };

    std::string data_;
    std::vector<Place> places_;
    std::uint32_t code_page_ = 0;
    std::size_t reference_size_ = 2;
};

} // namespace manager::baseline
