#include "manager/baseline/msi_strings.hpp"

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/baseline/little_endian.hpp"

#include <iconv.h>

namespace manager::baseline {

namespace {

constexpr std::size_t entry_size = 4; ///< of the pool: length and number of users, 2 bytes each
constexpr std::uint32_t wide_references = 0x8000'0000;
constexpr std::uint32_t code_page_mask = 0xffff;
constexpr std::uint32_t code_page_neutral = 0; ///< whatever the target uses; ours is that of western Windows
constexpr std::uint32_t code_page_western = 1252;
constexpr std::uint32_t code_page_utf8 = 65001;

[[noreturn]] void damaged(const char* why)
{
    throw common::Error(common::Trouble::invalid, std::string("the package is damaged: ") + why);
}

/// A conversion to UTF-8 by the C library.
class Conversion {
public:
    explicit Conversion(std::uint32_t code_page)
        : conversion_(::iconv_open("UTF-8", ("CP" + std::to_string(code_page)).c_str()))
    {
        if (conversion_ == none())
            throw common::Error(common::Trouble::invalid, "the package's texts are in the code page " +
                                                              std::to_string(code_page) +
                                                              ", which is not known here");
    }
    Conversion(const Conversion&) = delete;
    Conversion& operator=(const Conversion&) = delete;
    ~Conversion() { ::iconv_close(conversion_); }

    std::string operator()(std::string_view text) const
    {
        constexpr std::size_t widest = 4; // bytes of a character in UTF-8
        std::string out(text.size() * widest, '\0');
        char* from = const_cast<char*>(text.data()); // only read
        std::size_t left = text.size();
        char* to = out.data();
        std::size_t room = out.size();
        if (::iconv(conversion_, &from, &left, &to, &room) == static_cast<std::size_t>(-1) || left > 0)
            damaged("a text is none of the package's code page");
        out.resize(out.size() - room);
        return out;
    }

private:
    static iconv_t none() { return reinterpret_cast<iconv_t>(-1); }

    iconv_t conversion_;
};

} // namespace

MsiStrings::MsiStrings(std::string_view pool, std::string data) : data_(std::move(data))
{
    if (pool.size() < entry_size)
        damaged("it has no texts");
    const std::uint32_t head = little_endian(pool, 0, 4);
    code_page_ = head & code_page_mask;
    reference_size_ = (head & wide_references) != 0 ? 3 : 2;
    places_.push_back({0, 0}); // the number 0 is no text
    std::size_t end = 0;
    for (std::size_t at = entry_size; at + entry_size <= pool.size(); at += entry_size) {
        std::size_t size = little_endian(pool, at, 2);
        const std::size_t users = little_endian(pool, at + 2, 2);
        const bool long_text = size == 0 && users != 0; // the size is in the next entry, its high half there
        if (long_text) {
            at += entry_size;
            if (at + entry_size > pool.size())
                damaged("its list of texts ends too early");
            size = little_endian(pool, at, 4);
        }
        if (size > data_.size() - end)
            damaged("its texts end too early");
        places_.push_back({end, size});
        end += size;
    }
}

std::string_view MsiStrings::raw(std::uint32_t number) const
{
    if (number >= places_.size())
        damaged("a table names a text that is not there");
    return std::string_view(data_).substr(places_[number].at, places_[number].size);
}

std::string MsiStrings::text(std::uint32_t number) const
{
    const std::string_view stored = raw(number);
    if (code_page_ == code_page_utf8 && common::is_utf8(stored))
        return std::string(stored);
    return Conversion(code_page_ == code_page_neutral ? code_page_western : code_page_)(stored);
}

} // namespace manager::baseline
