#include "common/soap/filter.hpp"

#include "common/text.hpp"

#include <array>
#include <utility>

namespace common::soap {

namespace {

// Limits from the protocol's rules (docs/protocol.md); gSOAP's own cost grows with their square.
constexpr std::size_t most_attributes = 64;
constexpr std::size_t most_tag_bytes = 8 << 10;
constexpr std::size_t most_levels = 32;
constexpr std::size_t most_tags = 10'000;

constexpr std::string_view spaces = " \t\r\n";

/// Walks over the text once. Every step either moves forward or sets `refusal_`.
class Filter {
public:
    explicit Filter(std::string_view xml) : xml_(xml) {}

    std::optional<std::string> run()
    {
        if (!characters_are_allowed())
            return refusal_;
        if (xml_.starts_with("\xEF\xBB\xBF"))
            at_ = 3;
        if (begins_with_declaration(xml_.substr(at_)))
            declaration();
        while (!refusal_ && at_ < xml_.size())
            step();
        if (!refusal_ && levels_ != 0)
            refuse("the document ends inside an element");
        return refusal_;
    }

private:
    void refuse(std::string why)
    {
        if (!refusal_)
            refusal_ = std::move(why);
    }

    bool characters_are_allowed()
    {
        for (const char c : xml_)
            if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') {
                refuse("a character that XML forbids");
                return false;
            }
        if (!is_utf8(xml_))
            refuse("not valid UTF-8");
        return !refusal_;
    }

    /// Not "<?xml-stylesheet".
    static bool begins_with_declaration(std::string_view text)
    {
        constexpr std::string_view begin = "<?xml";
        return text.starts_with(begin) && text.size() > begin.size() &&
               spaces.find(text[begin.size()]) != std::string_view::npos;
    }

    void declaration()
    {
        const std::size_t end = xml_.find("?>", at_);
        if (end == std::string_view::npos || end - at_ > 200)
            return refuse("the XML declaration does not end");
        const std::string_view text = xml_.substr(at_, end - at_);
        const std::size_t encoding = text.find("encoding");
        if (encoding != std::string_view::npos) {
            std::string_view value = trim(text.substr(encoding + 8));
            if (value.size() < 7 || value[0] != '=')
                return refuse("an encoding other than UTF-8");
            value = trim(value.substr(1));
            if (!names_utf8(value))
                return refuse("an encoding other than UTF-8");
        }
        at_ = end + 2;
    }

    static bool names_utf8(std::string_view quoted)
    {
        if (quoted.size() < 7)
            return false;
        const std::string_view name = quoted.substr(1, 5);
        return (name == "UTF-8" || name == "utf-8") && quoted[6] == quoted[0];
    }

    void step()
    {
        const char c = xml_[at_];
        const std::string_view rest = xml_.substr(at_);
        if (levels_ == 0 && is_text(rest))
            return refuse("text outside the document's element");
        if (c == '&')
            return reference();
        if (c != '<') {
            at_ = std::min(xml_.find_first_of("<&", at_), xml_.size());
            return;
        }
        if (rest.starts_with("<!--"))
            return skip_to("-->", "a comment");
        if (rest.starts_with("<![CDATA["))
            return skip_to("]]>", "a CDATA section");
        if (rest.starts_with("<!"))
            return refuse("a document type declaration");
        if (rest.starts_with("<?"))
            return refuse("a processing instruction");
        tag();
    }

    /// gSOAP passes over what stands before an envelope, as the head of a MIME part does.
    static bool is_text(std::string_view rest)
    {
        if (rest.starts_with("<![CDATA["))
            return true;
        const std::size_t first = rest.find_first_not_of(spaces);
        return first != std::string_view::npos && rest[first] != '<';
    }

    void skip_to(std::string_view mark, std::string_view what)
    {
        const std::size_t end = xml_.find(mark, at_);
        if (end == std::string_view::npos)
            return refuse(std::string(what) + " does not end");
        at_ = end + mark.size();
    }

    void reference()
    {
        const std::size_t end = xml_.substr(at_, 12).find(';');
        if (end == std::string_view::npos)
            return refuse("a reference without an end");
        if (!reference_is_allowed(xml_.substr(at_ + 1, end - 1)))
            return refuse("a reference that is not defined");
        at_ += end + 1;
    }

    static bool reference_is_allowed(std::string_view name)
    {
        constexpr std::array known{"amp", "lt", "gt", "quot", "apos"};
        for (const std::string_view entity : known)
            if (name == entity)
                return true;
        if (!name.starts_with('#'))
            return false;
        const bool hex = name.size() > 1 && name[1] == 'x';
        const std::string_view digits = name.substr(hex ? 2 : 1);
        if (digits.empty() || digits.size() > (hex ? 4U : 5U)) // gSOAP leaves a stray ';' behind longer ones
            return false;
        unsigned value = 0;
        for (const char digit : digits) {
            const std::size_t amount =
                std::string_view("0123456789abcdef").find(static_cast<char>(digit | 0x20));
            if (amount >= (hex ? 16U : 10U))
                return false;
            value = value * (hex ? 16 : 10) + static_cast<unsigned>(amount);
        }
        const bool control = value < 0x20 && value != '\t' && value != '\n' && value != '\r';
        const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
        return !control && !surrogate && value != 0xFFFE && value <= 0xFFFD;
    }

    void tag()
    {
        if (++tags_ > most_tags)
            return refuse("more than 10,000 tags");
        const std::size_t start = at_;
        const bool closing = start + 1 < xml_.size() && xml_[start + 1] == '/';
        if (!closing)
            look_for_operations(xml_.substr(start + 1, most_tag_bytes));
        std::size_t attributes = 0;
        char quote = 0;
        for (++at_; at_ < xml_.size(); ++at_) {
            const char c = xml_[at_];
            if (at_ - start > most_tag_bytes)
                return refuse("a tag of more than 8 KiB");
            if (quote != 0) {
                if (c == '<')
                    return refuse("a < inside an attribute");
                if (c == '&') {
                    reference();
                    if (refusal_)
                        return;
                    --at_; // the loop goes on behind the reference
                } else if (c == quote) {
                    quote = 0;
                }
            } else if (c == '"' || c == '\'') {
                quote = c;
                if (++attributes > most_attributes)
                    return refuse("more than 64 attributes in a tag");
            } else if (c == '<') {
                return refuse("a < inside a tag");
            } else if (c == '>') {
                return end_of_tag(closing, xml_[at_ - 1] == '/');
            }
        }
        refuse("a tag does not end");
    }

    /// gSOAP would read the first operation of a body and silently leave out the others.
    void look_for_operations(std::string_view tag)
    {
        std::string_view name = tag.substr(0, tag.find_first_of(" \t\r\n/>"));
        name.remove_prefix(name.find(':') == std::string_view::npos ? 0 : name.find(':') + 1);
        if (levels_ == 0 && std::exchange(has_root_, true))
            refuse("more than one document");
        if (levels_ == 1)
            in_body_ = name == "Body";
        if (levels_ == 2 && in_body_ && ++operations_ > 1)
            refuse("more than one operation");
    }

    void end_of_tag(bool closing, bool empty)
    {
        ++at_;
        if (closing && levels_ == 0)
            return refuse("an end tag without its start");
        if (closing)
            --levels_;
        else if (!empty && ++levels_ > most_levels)
            refuse("more than 32 levels");
    }

    std::string_view xml_;
    std::size_t at_ = 0;
    std::size_t tags_ = 0;
    std::size_t levels_ = 0;
    std::size_t operations_ = 0;
    bool has_root_ = false;
    bool in_body_ = false;
    std::optional<std::string> refusal_;
};

} // namespace

std::optional<std::string> refusal(std::string_view xml)
{
    return Filter(xml).run();
}

} // namespace common::soap
