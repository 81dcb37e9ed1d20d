#include "common/text.hpp"
#include "manager/target/ansible_inventory.hpp"

#include <algorithm>

namespace manager::target {

namespace {

struct Word {
    std::string text;
    std::size_t column; ///< from 1
};

/// The words of a line, quoted as for a shell, without a comment at its end. Nothing when a quote is open.
class Words {
public:
    explicit Words(std::string_view line) : line_(line) {}

    std::optional<std::vector<Word>> split()
    {
        for (at_ = 0; at_ < line_.size() && line_[at_] != '#'; ++at_)
            if (!take(line_[at_]))
                return std::nullopt;
        return std::move(words_);
    }

private:
    bool take(char character)
    {
        if (character == ' ' || character == '\t') {
            inside_ = false;
            return true;
        }
        if (!std::exchange(inside_, true))
            words_.push_back({{}, at_ + 1});
        if (character == '\'' || character == '"')
            return take_quoted(character);
        if (character == '\\' && ++at_ == line_.size())
            return false;
        words_.back().text += line_[at_];
        return true;
    }

    bool take_quoted(char quote)
    {
        for (++at_; at_ < line_.size() && line_[at_] != quote; ++at_) {
            const char next = at_ + 1 < line_.size() ? line_[at_ + 1] : '\0';
            if (quote == '"' && line_[at_] == '\\' && (next == '"' || next == '\\'))
                ++at_;
            words_.back().text += line_[at_];
        }
        return at_ < line_.size();
    }

    std::string_view line_;
    std::size_t at_ = 0;
    bool inside_ = false;
    std::vector<Word> words_;
};

/// A value under [GROUP:vars]: quotes go, and so does a comment behind a literal of Python, but not behind
/// other text.
std::string literal(std::string_view text)
{
    const auto is_end = [](std::string_view rest) {
        rest = common::trim(rest);
        return rest.empty() || rest.front() == '#';
    };
    if (!text.empty() && (text.front() == '"' || text.front() == '\'')) {
        const std::size_t close = text.find(text.front(), 1);
        const bool whole = close != std::string_view::npos && is_end(text.substr(close + 1));
        return std::string(whole ? text.substr(1, close - 1) : text);
    }
    const std::size_t end = text.find_first_of(" \t#");
    const std::string_view head = text.substr(0, end);
    const bool is_literal = common::to_number(head) || head == "True" || head == "False";
    const bool commented = end != std::string_view::npos && is_end(text.substr(end));
    return std::string(is_literal && commented ? head : text);
}

/// What is told of a line in an error: not that which may be a password.
std::string shown(std::string_view line, std::string_view part)
{
    std::string lower(line);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return lower.find("pass") == std::string::npos ? "'" + common::one_line(part, 60) + "'"
                                                   : "(not shown, a password is near)";
}

class IniReader {
public:
    explicit IniReader(std::string file) : file_(std::move(file)) {}

    void read(std::string_view text)
    {
        for (const Line& line : lines_of(text)) {
            const std::string_view content = common::trim(line.text);
            if (content.empty() || content.front() == '#' || content.front() == ';')
                continue;
            if (!take_header(line, content))
                take(line, content);
        }
    }

    AnsibleInventory& inventory() { return inventory_; }

private:
    enum class Section { hosts, variables, children };

    Place place(const Line& line, std::string_view at) const
    {
        return {file_, line.number, static_cast<std::size_t>(at.data() - line.text.data()) + 1};
    }

    /// False for lines like "[1:3].example.com", which name hosts.
    bool take_header(const Line& line, std::string_view content)
    {
        const std::size_t close = content.find(']');
        if (content.front() != '[' || close == std::string_view::npos)
            return false;
        const std::string_view rest = common::trim(content.substr(close + 1));
        if (!rest.empty() && rest.front() != '#')
            return false;
        const std::string_view inside = content.substr(1, close - 1);
        const std::size_t colon = inside.find(':');
        const std::string_view kind = colon == std::string_view::npos ? "" : inside.substr(colon + 1);
        group_ = inside.substr(0, colon);
        if (group_.empty() || inside.find_first_of(" \t") != std::string_view::npos)
            refuse(place(line, content), "'" + common::one_line(content, 60) + "' is no section",
                   "there is: [GROUP], [GROUP:vars], [GROUP:children], without blanks in them");
        enter(place(line, content), kind);
        return true;
    }

    void enter(const Place& place, std::string_view kind)
    {
        if (kind == "vars") {
            section_ = Section::variables;
            inventory_.mention_group(group_, place);
            return;
        }
        if (!kind.empty() && kind != "children")
            refuse(place, "':" + common::one_line(kind, 40) + "' is no kind of section",
                   "there is: [GROUP], [GROUP:vars], [GROUP:children]");
        section_ = kind.empty() ? Section::hosts : Section::children;
        inventory_.define_group(group_);
    }

    void take(const Line& line, std::string_view content)
    {
        switch (section_) {
        case Section::hosts:
            return take_hosts(line);
        case Section::variables:
            return take_variable(line, content);
        case Section::children:
            return take_child(line, content);
        }
    }

    void take_hosts(const Line& line)
    {
        const auto words = Words(line.text).split();
        if (!words)
            refuse(place(line, line.text), "a quote or a backslash at the end of this line has no partner");
        AnsibleVariables variables;
        for (std::size_t i = 1; i < words->size(); ++i)
            take_assignment(line, (*words)[i], variables);
        const Word& first = words->front();
        const Place begin{file_, line.number, first.column};
        for (const std::size_t host : add_ansible_hosts(inventory_, group_, first.text, begin))
            override_with(inventory_.hosts()[host].variables, variables);
    }

    void take_assignment(const Line& line, const Word& word, AnsibleVariables& variables) const
    {
        const Place at{file_, line.number, word.column};
        const std::size_t equals = word.text.find('=');
        if (equals == std::string::npos || equals == 0)
            refuse(at, shown(line.text, word.text) + " behind a host is no variable",
                   "variables look like ansible_port=2222, with quotes around values with blanks");
        keep(variables, word.text.substr(0, equals), {word.text.substr(equals + 1), at});
    }

    void take_variable(const Line& line, std::string_view content)
    {
        const std::size_t equals = content.find('=');
        if (equals == std::string_view::npos)
            refuse(place(line, content), shown(content, content) + " is no variable",
                   "under [GROUP:vars] stand lines like ansible_port = 2222");
        const std::string name(common::trim(content.substr(0, equals)));
        const std::string_view rest = content.substr(equals + 1);
        const std::string_view value = common::trim(rest);
        keep(inventory_.groups().at(group_).variables, name,
             {literal(value), place(line, value.empty() ? rest : value)});
    }

    void take_child(const Line& line, std::string_view content)
    {
        const std::string name(common::trim(content.substr(0, content.find('#'))));
        if (name.find_first_of(" \t:]") != std::string::npos)
            refuse(place(line, content), "'" + common::one_line(name, 60) + "' is no name of a group",
                   "under [GROUP:children] stand names of groups, one a line");
        inventory_.add_child(group_, name, place(line, content));
    }

    std::string file_;
    AnsibleInventory inventory_;
    Section section_ = Section::hosts;
    std::string group_ = "ungrouped";
};

} // namespace

Listing read_ansible_ini(const std::filesystem::path& file, const std::string& text)
{
    IniReader reader(file.string());
    reader.read(text);
    return ansible_listing(reader.inventory(), file);
}

} // namespace manager::target
