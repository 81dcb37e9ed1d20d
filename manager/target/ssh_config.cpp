#include "manager/target/ssh_config.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/target/ssh_config_words.hpp"
#include "manager/target/target_set.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <glob.h>
#include <map>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace manager::target {

namespace fs = std::filesystem;
using common::Error;
using common::Trouble;

namespace {

constexpr int deepest_include = 16; // as in ssh
constexpr int longest_way = 8;      // jump hosts on the way to jump hosts

std::string home()
{
    const char* folder = std::getenv("HOME");
    return folder == nullptr ? std::string() : folder;
}

std::string user_here()
{
    const passwd* entry = ::getpwuid(::geteuid());
    return entry == nullptr ? "root" : entry->pw_name;
}

fs::path without_tilde(const std::string& path)
{
    return path.starts_with("~/") ? fs::path(home()) / path.substr(2) : fs::path(path);
}

std::vector<fs::path> files_like(const std::string& pattern)
{
    std::vector<fs::path> files;
    glob_t found{};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
        files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    ::globfree(&found);
    return files;
}

} // namespace

/// One line that matters; those of included files stand between two that say so.
struct SshConfig::Line {
    enum class Kind { setting, host, match, file_begins, file_ends };
    Kind kind = Kind::setting;
    ConfigLine text;
    std::string place; ///< file:line
};

SshConfig::SshConfig() = default;
SshConfig::~SshConfig() = default;
SshConfig::SshConfig(SshConfig&&) noexcept = default;
SshConfig& SshConfig::operator=(SshConfig&&) noexcept = default;

/// Reads files into lines.
class SshConfig::Reader {
public:
    /// `folder`: where relative paths of Include begin. `careful`: a file that others can write is refused,
    /// because it can make us run commands.
    Reader(std::vector<Line>& lines, fs::path folder, bool careful)
        : lines_(lines), folder_(std::move(folder)), careful_(careful)
    {
    }

    void read(const fs::path& file, int depth = 0)
    {
        if (depth > deepest_include)
            throw Error(Trouble::invalid, file.string() + ": files include each other without end");
        if (careful_)
            check_mode(file);
        const std::string text = common::while_doing("reading the configuration of ssh",
                                                     [&] { return common::os::read_file(file); });
        lines_.push_back({Line::Kind::file_begins, {}, file.string()});
        std::size_t number = 0;
        for (const std::string& line : common::split(text, '\n'))
            take(line, file.string() + ':' + std::to_string(++number), depth);
        lines_.push_back({Line::Kind::file_ends, {}, file.string()});
    }

private:
    static void check_mode(const fs::path& file)
    {
        struct stat status {};
        if (::stat(file.c_str(), &status) != 0)
            return; // the reading tells
        if ((status.st_uid != 0 && status.st_uid != ::geteuid()) || (status.st_mode & 022) != 0)
            throw Error(Trouble::invalid, "others than you can write " + file.string(),
                        "chmod go-w " + file.string() + ", or leave it out with --ssh-config none");
    }

    void take(const std::string& text, const std::string& place, int depth)
    {
        std::optional<ConfigLine> line = take_apart(text);
        if (!line)
            throw Error(Trouble::invalid, place + ": a quote is not closed");
        if (line->keyword == "include")
            for (const std::string& pattern : line->words)
                include(pattern, depth);
        else if (line->keyword == "host")
            lines_.push_back({Line::Kind::host, std::move(*line), place});
        else if (line->keyword == "match")
            lines_.push_back({Line::Kind::match, std::move(*line), place});
        else if (!line->keyword.empty())
            lines_.push_back({Line::Kind::setting, std::move(*line), place});
    }

    void include(const std::string& pattern, int depth)
    {
        const fs::path path = without_tilde(pattern);
        for (const fs::path& file : files_like((path.is_absolute() ? path : folder_ / path).string()))
            read(file, depth + 1);
    }

    std::vector<Line>& lines_;
    fs::path folder_;
    bool careful_;
};

namespace {

using Tokens = std::map<char, std::string>;

/// `text` with %h and the like replaced; an unknown one stays as it is.
std::string expanded(const std::string& text, const Tokens& tokens)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto token = text[i] == '%' && i + 1 < text.size() ? tokens.find(text[i + 1]) : tokens.end();
        if (token != tokens.end())
            out += token->second;
        else if (text.substr(i, 2) == "%%")
            out += '%';
        else {
            out += text[i];
            continue;
        }
        ++i;
    }
    return out;
}

/// `text` with ${NAME} replaced by what the environment has for it.
std::string with_variables(std::string text)
{
    for (std::size_t at = text.find("${"); at != std::string::npos; at = text.find("${", at)) {
        const std::size_t end = text.find('}', at);
        if (end == std::string::npos)
            break;
        const char* value = std::getenv(text.substr(at + 2, end - at - 2).c_str());
        const std::string there = value == nullptr ? "" : value;
        text.replace(at, end - at + 1, there);
        at += there.size();
    }
    return text;
}

/// Goes through the lines for one host; the first value of each setting counts.
class Search {
public:
    Search(std::string name, std::string user) : name_(std::move(name)), user_(std::move(user)) {}

    void enter() { outer_.push_back(active_); }
    void leave()
    {
        active_ = outer_.back();
        outer_.pop_back();
    }

    /// In a file that is included for other hosts nothing fits.
    void host(const ConfigLine& line) { active_ = outer_.back() && matches_list(line.words, name_); }
    void match(const ConfigLine& line) { active_ = outer_.back() && meets(line.words); }

    void setting(const ConfigLine& line, const std::string& place)
    {
        if (!active_ || line.words.empty())
            return;
        const std::string& value = line.words[0];
        const std::string& key = line.keyword;
        if (key == "hostname")
            first(found.host_name, value);
        else if (key == "user")
            first(found.user, value);
        else if (key == "port")
            first(found.port, port_of(value, place));
        else if (key == "identityfile")
            found.identity_files.push_back(value);
        else if (key == "identitiesonly")
            first(found.identities_only, value == "yes" || value == "true");
        else if (key == "hostkeyalias")
            first(found.host_key_alias, value);
        else if (key == "userknownhostsfile")
            first(found.known_hosts, line.words);
        else if (key == "proxyjump" && !found.proxy_command)
            first(found.proxy_jump, value);
        else if (key == "proxycommand" && !found.proxy_jump)
            first(found.proxy_command, line.rest);
    }

    HostSettings found;

private:
    template <typename Value, typename Given>
    static void first(std::optional<Value>& value, Given&& given)
    {
        if (!value)
            value = std::forward<Given>(given);
    }

    static std::uint16_t port_of(const std::string& value, const std::string& place)
    {
        const auto port = common::to_number(value, 65535);
        if (!port || *port == 0)
            throw Error(Trouble::invalid, place + ": \"" + common::one_line(value, 40) + "\" is no port");
        return static_cast<std::uint16_t>(*port);
    }

    bool meets(const std::vector<std::string>& words) const
    {
        bool all = !words.empty();
        for (std::size_t i = 0; i < words.size() && all; ++i) {
            std::string criterion = words[i];
            std::transform(criterion.begin(), criterion.end(), criterion.begin(),
                           [](unsigned char c) { return std::tolower(c); });
            if (criterion == "all")
                continue;
            const bool negated = criterion.starts_with('!');
            const std::string* text = subject(negated ? criterion.substr(1) : criterion);
            all = text != nullptr && ++i < words.size() &&
                  matches_list(common::split(words[i], ','), *text) != negated;
        }
        return all;
    }

    /// What a criterion of Match is about; null for one that we do not look at.
    const std::string* subject(const std::string& criterion) const
    {
        if (criterion == "originalhost")
            return &name_;
        if (criterion == "host") {
            host_ = found.host_name ? expanded(*found.host_name, {{'h', name_}}) : name_;
            return &host_;
        }
        if (criterion == "user") {
            login_ = !user_.empty() ? user_ : found.user.value_or(user_here());
            return &login_;
        }
        return nullptr;
    }

    std::string name_;
    std::string user_;
    mutable std::string host_;
    mutable std::string login_;
    bool active_ = true;
    std::vector<bool> outer_;
};

std::vector<fs::path> paths(const std::vector<std::string>& texts, const Tokens& tokens)
{
    std::vector<fs::path> files;
    for (const std::string& text : texts)
        if (text != "none")
            files.push_back(without_tilde(with_variables(expanded(text, tokens))));
    return files;
}

Tokens tokens_for(const Target& target, const std::string& name)
{
    return {{'d', home()},
            {'h', target.host},
            {'i', std::to_string(::geteuid())},
            {'n', name},
            {'p', std::to_string(target.port)},
            {'r', target.user},
            {'u', user_here()}};
}

/// As ssh has host names from here on; what follows % is the name of an interface.
std::string in_lower_case(std::string host)
{
    const auto end = host.begin() + static_cast<std::ptrdiff_t>(std::min(host.find('%'), host.size()));
    std::transform(host.begin(), end, host.begin(), [](unsigned char c) { return std::tolower(c); });
    return host;
}

bool is_said(const std::optional<std::string>& text)
{
    return text && *text != "none";
}

} // namespace

SshConfig SshConfig::named(const std::string& word)
{
    return word.empty() ? usual() : word == "none" ? SshConfig() : in(word);
}

SshConfig SshConfig::usual()
{
    SshConfig config;
    std::error_code ignored;
    const fs::path folder = fs::path(home()) / ".ssh";
    if (!home().empty() && fs::exists(folder / "config", ignored))
        Reader(config.lines_, folder, true).read(folder / "config");
    if (fs::exists("/etc/ssh/ssh_config", ignored))
        Reader(config.lines_, "/etc/ssh", false).read("/etc/ssh/ssh_config");
    return config;
}

SshConfig SshConfig::in(const fs::path& file)
{
    SshConfig config;
    try {
        Reader(config.lines_, fs::path(home()) / ".ssh", false).read(file);
    } catch (const Error& error) {
        throw Error(Trouble::invalid, error.text(), error.hint());
    }
    return config;
}

HostSettings SshConfig::find(const std::string& name, const std::string& user) const
{
    Search search(name, user);
    for (const Line& line : lines_) {
        switch (line.kind) {
        case Line::Kind::file_begins:
            search.enter();
            break;
        case Line::Kind::file_ends:
            search.leave();
            break;
        case Line::Kind::host:
            search.host(line.text);
            break;
        case Line::Kind::match:
            search.match(line.text);
            break;
        case Line::Kind::setting:
            search.setting(line.text, line.place);
            break;
        }
    }
    return search.found;
}

void SshConfig::complete(Target& target, int depth) const
{
    const bool has_address = !target.said.host.empty();
    const std::string name = has_address ? target.said.host : target.host;
    const HostSettings found = find(name, target.said.user ? target.user : "");
    if (found.host_name && !has_address) {
        target.host = expanded(*found.host_name, {{'h', name}});
        check_name(name, target.host, "HostName of ssh_config");
    }
    if (found.user && !target.said.user) {
        target.user = *found.user;
        check_name(name, target.user, "User of ssh_config");
    }
    if (found.port && !target.said.port)
        target.port = *found.port;
    target.host = in_lower_case(target.host);
    const Tokens tokens = tokens_for(target, name);
    target.configured_identities = paths(found.identity_files, tokens);
    target.identities_only = found.identities_only.value_or(false);
    target.host_key_alias = found.host_key_alias.value_or("");
    target.known_hosts = paths(found.known_hosts.value_or(std::vector<std::string>()), tokens);
    if (!target.said.jumps && is_said(found.proxy_jump))
        target.jumps =
            common::while_doing("ProxyJump of " + name, [&] { return parse_jumps(*found.proxy_jump); });
    else if (!target.said.jumps && is_said(found.proxy_command))
        target.proxy_command = expanded(*found.proxy_command, {{'n', name}});
    complete_jumps(target, depth);
}

/// The first host on the way may have its own way.
void SshConfig::complete_jumps(Target& target, int depth) const
{
    if (depth > longest_way)
        throw Error(Trouble::invalid, target.name + ": its jump hosts lie behind each other in a circle",
                    "look at ProxyJump in ssh_config");
    for (std::size_t i = 0; i < target.jumps.size(); ++i) {
        target.jumps[i].said.jumps = i > 0;
        complete(target.jumps[i], depth + 1);
    }
    if (target.jumps.empty())
        return;
    std::vector<Target> way = std::move(target.jumps.front().jumps);
    target.jumps.front().jumps.clear();
    target.jumps.insert(target.jumps.begin(), std::make_move_iterator(way.begin()),
                        std::make_move_iterator(way.end()));
}

std::vector<Target> parse_jumps(const std::string& spec)
{
    std::vector<Target> jumps;
    if (spec == "none")
        return jumps;
    Target usual;
    usual.user = user_here();
    for (std::string part : common::split(spec, ',')) {
        constexpr std::string_view scheme = "ssh://";
        if (part.starts_with(scheme))
            part.erase(0, scheme.size());
        jumps.push_back(parse_target(part, usual));
        jumps.back().connection = Connection::ssh;
    }
    return jumps;
}

} // namespace manager::target
