#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace agent {

/// Keeps the last bytes of a stream.
class Tail {
public:
    static constexpr std::size_t most = 16 << 10;

    void add(std::string_view bytes)
    {
        text_ += bytes.substr(bytes.size() - std::min(bytes.size(), most));
        if (text_.size() > 4 * most)
            text_.erase(0, text_.size() - most);
    }
    std::string_view text() const
    {
        return std::string_view(text_).substr(text_.size() - std::min(text_.size(), most));
    }

private:
    std::string text_;
};

} // namespace agent
