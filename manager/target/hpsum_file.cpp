#include "manager/target/hpsum_file.hpp"

#include "common/lower_case.hpp"
#include "common/text.hpp"
#include "manager/target/nearest.hpp"
#include "manager/target/target_set.hpp"

#include <algorithm>
#include <array>
#include <pwd.h>
#include <unistd.h>

namespace manager::target {

namespace {

const std::vector<std::string> target_keys{"HOST", "UID", "PWD", "USECURRENTCREDENTIAL"};
const std::vector<std::string> setting_keys{
    "SILENT",         "SKIPTARGET", "IGNOREERRORS",   "IGNOREWARNINGS",     "SOURCEPATH",    "FORCEALL",
    "FORCEROM",       "DOWNGRADE",  "FORCESOFTWARE",  "FORCEBUNDLE",        "REWRITE",       "REBOOTALLOWED",
    "REBOOTDELAY",    "REPORTDIR",  "COMPONENTSLIST", "ONFAILEDDEPENDENCY", "REBOOTMESSAGE", "LOGFILENAME",
    "COMBINED_REPORT"};

std::string upper(std::string_view text)
{
    std::string large(text);
    for (char& letter : large)
        if (letter >= 'a' && letter <= 'z')
            letter = static_cast<char>(letter - 'a' + 'A');
    return large;
}

bool is_in(const std::vector<std::string>& keys, const std::string& key)
{
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

bool is_blank(std::string_view line)
{
    const std::string_view text = common::trim(line);
    return text.empty() || text.front() == '#';
}

bool begins_targets(std::string_view line)
{
    return upper(common::trim(line)).starts_with("[TARGETS");
}

/// What stands before '='; empty when there is none.
std::string key_of(std::string_view line)
{
    const std::size_t equals = line.find('=');
    return equals == std::string_view::npos ? "" : upper(common::trim(line.substr(0, equals)));
}

std::string unquoted(std::string_view text)
{
    const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
    return std::string(quoted ? text.substr(1, text.size() - 2) : text);
}

std::string current_user()
{
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 4096> space{};
    const int failure = ::getpwuid_r(::geteuid(), &entry, space.data(), space.size(), &found);
    return failure == 0 && found != nullptr ? found->pw_name : "root";
}

class Reader {
public:
    explicit Reader(std::string file) : file_(std::move(file)) {}

    Listing read(const std::vector<Line>& lines)
    {
        for (const Line& line : lines)
            if (!is_blank(line.text))
                take(line);
        if (inside_)
            refuse(section_, "the section is not ended", "its last line is [END]");
        if (listing_.targets.empty())
            refuse({file_}, "no host is named in this input file of HP SUM",
                   "hosts stand as 'HOST = NAME' between [TARGETS] and [END]");
        if (!settings_.empty())
            listing_.notices.push_back(
                file_ + ": only hosts and users are taken from it, not " + common::join(settings_, ", ") +
                "; 'soapstone help deploy' lists the options for what is to be done there");
        return std::move(listing_);
    }

private:
    Place place(const Line& line, std::string_view at) const
    {
        return {file_, line.number, static_cast<std::size_t>(at.data() - line.text.data()) + 1};
    }

    void take(const Line& line)
    {
        const std::string_view text = common::trim(line.text);
        if (text.front() == '[')
            take_header(place(line, text), std::string(text));
        else if (key_of(text).empty()) // the text is not told: it may be the second line of a password
            refuse(place(line, text), "this is no 'KEY = VALUE'");
        else
            take_pair(line, text);
    }

    void take_header(const Place& place, const std::string& header)
    {
        const bool ends = upper(header) == "[END]";
        if (!ends && (!begins_targets(header) || header.back() != ']'))
            refuse(place, "unknown section '" + common::one_line(header, 60) + "'",
                   "there is: [TARGETS] or [TARGETS_NAME], and [END] where it ends");
        if (ends != inside_)
            refuse(place,
                   ends ? "[END] without [TARGETS] before it" : "the section before this has no [END]");
        if (ends)
            give_users();
        else
            begin_section(place, header.substr(8, header.size() - 9));
        inside_ = !ends;
    }

    void begin_section(const Place& place, const std::string& tag)
    {
        section_ = place;
        user_.clear();
        waiting_.clear();
        const std::size_t begin = tag.find_first_not_of(" _-:");
        group_ = begin == std::string::npos ? "" : tag.substr(begin);
        if (!group_.empty())
            listing_.groups.try_emplace(group_);
    }

    void take_pair(const Line& line, std::string_view text)
    {
        const std::string key = key_of(text);
        const std::string_view rest = text.substr(text.find('=') + 1);
        const std::string_view value = common::trim(rest);
        const std::vector<std::string>& known = inside_ ? target_keys : setting_keys;
        if (!is_in(known, key))
            refuse(place(line, text),
                   "unknown key '" + common::one_line(key, 60) + "'" +
                       (inside_ ? " in a section of targets" : " among the settings"),
                   suggestion(key, known));
        if (inside_)
            take_target(key, place(line, value.empty() ? rest : value), unquoted(value));
        else if (!is_in(settings_, key))
            settings_.push_back(key);
    }

    void take_target(const std::string& key, const Place& place, const std::string& value)
    {
        if (key == "HOST")
            take_hosts(place, value);
        else if (key == "UID")
            take_user(name_at(place, value, "user"));
        else if (key == "USECURRENTCREDENTIAL")
            take_current(place, value);
        else if (!value.empty()) // PWD
            refuse(place, "passwords have no place in this file",
                   "take the lines with PWD out, as HP SUM allows, too, and give the password with "
                   "--ask-password or --password-file");
    }

    void take_hosts(const Place& place, std::string value)
    {
        std::replace_if(
            value.begin(), value.end(), [](char c) { return c == ',' || c == ';' || c == '\t'; }, ' ');
        bool any = false;
        for (const std::string& host : common::split(value, ' '))
            if (!host.empty()) {
                take_host(place, host);
                any = true;
            }
        if (!any)
            refuse(place, "HOST without a host");
    }

    void take_host(const Place& place, const std::string& host)
    {
        name_at(place, host, "host");
        const auto [known, fresh] =
            listing_.places.try_emplace(common::lower_case(host), listing_.targets.size());
        if (fresh)
            listing_.targets.push_back(parse_target(host, {}));
        Target& target = listing_.targets[known->second];
        if (!user_.empty())
            set_user(target, user_);
        else
            waiting_.push_back(known->second);
        if (!group_.empty() && !is_in(target.groups, group_)) {
            target.groups.push_back(group_);
            listing_.groups[group_].push_back(known->second);
        }
    }

    void take_current(const Place& place, const std::string& value)
    {
        const std::string answer = upper(value);
        if (answer != "YES" && answer != "NO")
            refuse(place, "'" + common::one_line(value, 40) + "': this must be YES or NO");
        if (answer == "YES")
            take_user(current_user());
    }

    void take_user(const std::string& user)
    {
        user_ = user;
        give_users();
    }

    /// To the hosts of the section that came before any user.
    void give_users()
    {
        if (!user_.empty())
            for (const std::size_t target : waiting_)
                set_user(listing_.targets[target], user_);
        waiting_.clear();
    }

    std::string file_;
    Listing listing_;
    std::vector<std::string> settings_;
    bool inside_ = false;
    Place section_;
    std::string group_;
    std::string user_;
    std::vector<std::size_t> waiting_;
};

} // namespace

bool is_hpsum(const std::vector<Line>& lines)
{
    bool begun = false; // more than comments was seen
    bool section = false;
    for (const Line& line : lines) {
        if (is_blank(line.text))
            continue;
        const std::string key = key_of(line.text);
        const bool pair = !key.empty() && key.find_first_of(" \t") == std::string::npos;
        if ((section && pair) || (!begun && is_in(setting_keys, key)))
            return true;
        // [targets:vars] is of Ansible
        section = begins_targets(line.text) && line.text.find(':') == std::string_view::npos;
        begun = true;
    }
    return false;
}

Listing read_hpsum(const std::filesystem::path& file, const std::string& text)
{
    return Reader(file.string()).read(lines_of(text));
}

} // namespace manager::target
