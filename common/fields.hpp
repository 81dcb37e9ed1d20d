#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace common {

/// The small text format of orders and records: one `key value` per line, first line `format version`, a key
/// may come again. Newlines, CR and % in values are percent-encoded, so any bytes survive.
class Fields {
public:
    /// `format` names the kind of text and its version, as in "soapstone-claim 1".
    explicit Fields(std::string format) : format_(std::move(format)) {}

    /// Throws `invalid` when `text` is not complete, not of this format or larger than 64 KiB.
    static Fields parse(std::string_view text, std::string_view format);

    Fields& add(std::string key, std::string_view value);
    Fields& add(std::string key, std::uint64_t value) { return add(std::move(key), std::to_string(value)); }

    /// The first value of `key`. Throws `invalid`, naming the key, when there is none.
    const std::string& get(std::string_view key) const;
    std::string get_or(std::string_view key, std::string_view otherwise) const;
    std::uint64_t number(std::string_view key, std::uint64_t most = UINT64_MAX) const;
    std::vector<std::string> all(std::string_view key) const;

    /// Ends with the line `end`, so that a cut text is noticed.
    std::string text() const;

private:
    const std::string* find(std::string_view key) const;

    std::string format_;
    std::vector<std::pair<std::string, std::string>> fields_;
};

} // namespace common
