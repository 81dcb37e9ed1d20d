#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

/// A sort of input, and what is done with it.
struct Format {
    std::string_view name;
    std::string_view ending; ///< of the file's name

    /// Makes a whole package around a damaged description in it, so that checksums around it are right; null
    /// where there is none.
    std::string (*wrap)(const std::string& description) = nullptr;

    /// Puts checksums right inside a damaged package; null where there are none to mend.
    void (*mend)(std::string& package) = nullptr;

    std::vector<std::string> (*packages)() = nullptr;     ///< undamaged ones
    std::vector<std::string> (*descriptions)() = nullptr; ///< for `wrap`
};

const std::vector<Format>& formats();

/// Reads `bytes` as the product does and checks what it promises. True when there was something to read in
/// spite of the damage. Throws std::exception other than common::Error when a promise is broken; crashes are
/// the sanitizers' business.
bool try_one(const Format& format, const std::string& bytes);

} // namespace fuzz
