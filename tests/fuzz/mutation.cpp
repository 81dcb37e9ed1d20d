#include "tests/fuzz/mutation.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace fuzz {

namespace {

constexpr std::size_t largest = 64 << 10;
constexpr int most_places = 8;

/// What readers stumble over: numbers at the ends of their ranges, and words of the formats.
constexpr std::array<std::string_view, 34> tokens{std::string_view("\0\0\0\0", 4),
                                                  "\xff\xff\xff\xff",
                                                  std::string_view("\0\0\0\x80", 4),
                                                  "\xff\xff",
                                                  "\x7f",
                                                  std::string_view("\0", 1),
                                                  "\x80",
                                                  "\xff",
                                                  "\n",
                                                  "\"",
                                                  "{",
                                                  "}",
                                                  "[",
                                                  "]",
                                                  "<",
                                                  ">",
                                                  "/>",
                                                  "&x;",
                                                  "<![CDATA[",
                                                  "-->",
                                                  "../",
                                                  "null",
                                                  "true",
                                                  "1e999",
                                                  "-1",
                                                  "99999999999999999999",
                                                  "0x",
                                                  "%n",
                                                  "\xed\xa0\x80",
                                                  "\\u0000",
                                                  "PK\x05\x06",
                                                  "PK\x01\x02",
                                                  "PK\x03\x04",
                                                  "_SKIP="};

} // namespace

std::string Mutator::mutated(const std::vector<std::string>& corpus)
{
    std::string bytes = corpus[below(corpus.size())];
    damage(bytes, corpus);
    for (int times = 1; times < most_places && below(2) == 0; ++times)
        damage(bytes, corpus);
    bytes.resize(std::min(bytes.size(), largest));
    return bytes;
}

void Mutator::damage(std::string& bytes, const std::vector<std::string>& corpus)
{
    if (bytes.empty())
        bytes = corpus[below(corpus.size())];
    if (bytes.empty())
        bytes = "x";
    const std::size_t at = below(bytes.size());
    const std::size_t length = 1 + below(std::min<std::size_t>(bytes.size() - at, 1 + below(64)));
    switch (below(9)) {
    case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        break;
    case 1:
        bytes[at] = static_cast<char>(below(256));
        break;
    case 2:
        bytes[at] = static_cast<char>(bytes[at] + (below(2) == 0 ? 1 : -1));
        break;
    case 3:
        bytes.erase(at, length);
        break;
    case 4:
        bytes.insert(at, bytes.substr(at, length));
        break;
    case 5: {
        const std::string_view token = tokens[below(tokens.size())];
        bytes.replace(at, below(2) == 0 ? token.size() : 0, token);
        break;
    }
    case 6: {
        const std::string& other = corpus[below(corpus.size())];
        if (!other.empty())
            bytes.insert(at, other.substr(below(other.size()), length));
        break;
    }
    case 7:
        bytes.resize(at);
        break;
    default:
        bytes.insert(at, length * 16, static_cast<char>(below(256)));
    }
}

} // namespace fuzz
