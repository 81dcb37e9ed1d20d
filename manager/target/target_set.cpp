#include "manager/target/target_set.hpp"

#include "common/error.hpp"
#include "common/lower_case.hpp"
#include "common/text.hpp"
#include "manager/target/nearest.hpp"
#include "manager/target/ssh_config.hpp"
#include "manager/target/targets_file.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace manager::target {

namespace {

[[noreturn]] void
refuse(const std::string& text, const std::string& why,
       const std::string& hint =
           "a target looks like [user@]host[:port], an IPv6 address with port like [::1]:22")
{
    throw common::Error(common::Trouble::invalid, "target '" + common::one_line(text, 80) + "': " + why,
                        hint);
}

struct Address {
    std::string host;
    std::string port; // empty: not given
};

Address bracketed(const std::string& text, const std::string& place)
{
    const std::size_t close = place.find(']');
    const std::string rest = close == std::string::npos ? "" : place.substr(close + 1);
    if (close == std::string::npos || (!rest.empty() && (rest[0] != ':' || rest.size() == 1)))
        refuse(text, "after the address in brackets only ':port' may follow");
    return {place.substr(1, close - 1), rest.empty() ? "" : rest.substr(1)};
}

Address split_address(const std::string& text, const std::string& place)
{
    if (!place.empty() && place.front() == '[')
        return bracketed(text, place);
    const std::size_t colon = place.find(':');
    if (colon == std::string::npos || place.find(':', colon + 1) != std::string::npos)
        return {place, ""}; // no port, or an IPv6 address without brackets
    if (colon + 1 == place.size())
        refuse(text, "there is no port after ':'");
    return {place.substr(0, colon), place.substr(colon + 1)};
}

std::uint16_t port_of(const std::string& text, const std::string& digits)
{
    const auto port = common::to_number(digits, 65535);
    if (!port || *port == 0)
        refuse(text, "'" + common::one_line(digits, 20) + "' is no port");
    return static_cast<std::uint16_t>(*port);
}

/// Without the user; with the port only where it is not the usual one.
std::string name_for(const Target& target, std::uint16_t usual_port)
{
    if (target.port == usual_port)
        return target.host;
    const bool colons = target.host.find(':') != std::string::npos;
    return (colons ? "[" + target.host + "]" : target.host) + ":" + std::to_string(target.port);
}

/// What is usual there, where nobody has said anything else.
void complete_for_windows(Target& target)
{
    if (!target.said.port)
        target.port = 445;
    if (!target.said.user)
        target.user = "Administrator";
}

/// The same for BMCs, whose vendors agree on no name.
void complete_for_bmc(Target& target)
{
    if (!target.said.port)
        target.port = 443;
    if (!target.said.user)
        target.user = "admin";
}

constexpr std::string_view bmc_scheme = "bmc://";

} // namespace

bool is_ipv6(const std::string& host)
{
    in6_addr address{};
    return ::inet_pton(AF_INET6, host.substr(0, host.find('%')).c_str(), &address) == 1;
}

void check_name(const std::string& text, const std::string& word, const char* kind)
{
    const bool odd = std::any_of(word.begin(), word.end(), [](unsigned char c) {
        return c <= ' ' || c == 0x7f || std::strchr("/\\'\"`$;&|<>(){}*?!#~,@[]", c) != nullptr;
    });
    const bool colons = word.find(':') != std::string::npos;
    if (word.empty() || word.front() == '-' || word.front() == '.' || word.size() > 253 || odd ||
        (colons && !is_ipv6(word)))
        refuse(text, std::string(kind) + " '" + common::one_line(word, 80) + "' is no valid name");
}

Target parse_target(const std::string& text, const Target& defaults)
{
    Target target = defaults;
    const std::size_t at = text.rfind('@');
    if (at != std::string::npos) {
        target.user = text.substr(0, at);
        target.said.user = true;
        check_name(text, target.user, "user");
    }
    const std::string place = at == std::string::npos ? text : text.substr(at + 1);
    const Address address = split_address(text, place);
    target.host = address.host;
    check_name(text, target.host, "host");
    if (!address.port.empty())
        target.port = port_of(text, address.port);
    target.said.port = target.said.port || !address.port.empty();
    if (text == "localhost" &&
        target.connection != Connection::bmc) // with a user or port it is meant to be logged in to
        target.connection = Connection::local;
    target.name = name_for(target, defaults.port);
    return target;
}

void TargetSet::add_one(Target target)
{
    if (!names_.insert(common::lower_case(target.name)).second)
        return;
    if (targets_.size() == most_targets)
        throw common::Error(common::Trouble::invalid,
                            "more than " + std::to_string(most_targets) + " targets", "use several runs");
    if (config_ != nullptr && target.connection == Connection::ssh)
        config_->complete(target);
    if (target.connection == Connection::smb)
        complete_for_windows(target);
    if (target.connection == Connection::bmc)
        complete_for_bmc(target);
    target.said = {};
    targets_.push_back(std::move(target));
}

void TargetSet::add(const std::string& spec)
{
    for (Target& target : named(spec, 0))
        add_one(std::move(target));
}

void TargetSet::add_file()
{
    if (file_ != nullptr)
        for (const Target& target : file_->targets())
            add_one(wished(target));
}

void TargetSet::exclude(const std::vector<std::string>& specs)
{
    std::set<std::size_t> out;
    for (const std::string& spec : specs)
        for (const std::string& part : split_list(spec)) {
            const std::set<std::size_t> meant = places_of(part);
            if (meant.empty() && part != "-" && part.front() != '@')
                refuse_exclusion(part);
            out.insert(meant.begin(), meant.end());
        }
    std::vector<Target> kept;
    names_.clear();
    for (std::size_t i = 0; i < targets_.size(); ++i)
        if (out.count(i) == 0) {
            names_.insert(common::lower_case(targets_[i].name));
            kept.push_back(std::move(targets_[i]));
        }
    targets_ = std::move(kept);
}

/// Which of the targets `spec` names.
std::set<std::size_t> TargetSet::places_of(const std::string& spec) const
{
    std::set<std::string> names;
    for (const Target& target : named(spec, 0))
        names.insert(common::lower_case(target.name));
    std::set<std::size_t> places;
    for (std::size_t i = 0; i < targets_.size(); ++i)
        if (names.count(common::lower_case(targets_[i].name)) > 0 ||
            names.count(common::lower_case(targets_[i].host)) > 0)
            places.insert(i);
    return places;
}

void TargetSet::refuse_exclusion(const std::string& part) const
{
    std::vector<std::string> known;
    for (const Target& target : targets_)
        known.push_back(target.name);
    const std::string near = nearest(part, known);
    throw common::Error(common::Trouble::invalid,
                        "'" + common::one_line(part, 80) + "' is none of the targets",
                        near.empty() ? "the targets are: " + common::one_line(fold(known), 300)
                                     : "did you mean '" + near + "'?");
}

std::vector<Target> TargetSet::named(const std::string& spec, int depth) const
{
    std::vector<Target> found;
    for (const std::string& part : split_list(spec)) {
        std::vector<Target> more;
        if (part == "-")
            more = lines_of(input_, "standard input", depth);
        else if (part.front() == '@')
            more = indirect(part.substr(1), depth);
        else
            for (const std::string& name : expand(part))
                more.push_back(one(name));
        std::move(more.begin(), more.end(), std::back_inserter(found));
        if (found.size() > most_targets)
            refuse(spec, "more than " + std::to_string(most_targets) + " targets");
    }
    return found;
}

/// A name that the file knows keeps what the file says of it; `admin@db-7` only has another user.
/// `bmc://admin@10.0.0.7:8443` is a BMC, whatever else is in the run.
Target TargetSet::one(const std::string& text) const
{
    if (text.starts_with(bmc_scheme)) {
        Target fresh = wished(Target{});
        fresh.connection = Connection::bmc;
        return parse_target(text.substr(bmc_scheme.size()), fresh);
    }
    const std::size_t at = text.rfind('@');
    const Target* known =
        file_ == nullptr ? nullptr : file_->find(at == std::string::npos ? text : text.substr(at + 1));
    if (known == nullptr && file_ != nullptr && file_->has_group(text))
        refuse(text, "this is a group of the targets file, and no host in it",
               "the hosts of a group are named as @" + text);
    if (known == nullptr) {
        Target fresh = wished(Target{});
        if (wishes_.smb)
            fresh.connection = Connection::smb;
        if (wishes_.bmc)
            fresh.connection = Connection::bmc;
        return parse_target(text, fresh);
    }
    if (at == std::string::npos)
        return wished(*known);
    Target target = *known;
    target.user = text.substr(0, at);
    target.said.user = true;
    check_name(text, target.user, "user");
    return target;
}

Target TargetSet::wished(Target target) const
{
    target.user = wishes_.user.value_or(target.user);
    target.said.user = target.said.user || wishes_.user;
    target.become = wishes_.become.value_or(target.become);
    target.ssh = wishes_.ssh.value_or(target.ssh);
    target.smb.domain = wishes_.domain.value_or(target.smb.domain);
    target.smb.kerberos = target.smb.kerberos || wishes_.kerberos;
    target.smb.netbios = target.smb.netbios || wishes_.netbios;
    target.smb.allow_smb2 = target.smb.allow_smb2 || wishes_.allow_smb2;
    if (wishes_.bmc_method)
        target.bmc.method = wishes_.bmc_method;
    target.bmc.pull = wishes_.bmc_pull.value_or(target.bmc.pull);
    target.bmc.legacy_tls = target.bmc.legacy_tls || wishes_.legacy_tls;
    if (wishes_.jump) {
        target.jumps = parse_jumps(*wishes_.jump);
        target.said.jumps = true;
    }
    return target;
}

std::vector<Target> TargetSet::indirect(const std::string& name, int depth) const
{
    if (file_ != nullptr && file_->has_group(name)) {
        std::vector<Target> found;
        for (const Target& target : file_->group(name))
            found.push_back(wished(target));
        return found;
    }
    if (!wishes_.files)
        throw common::Error(common::Trouble::denied, "lists of targets in files need the role admin",
                            "name the targets, or give the list itself");
    std::ifstream lines(name);
    if (lines)
        return lines_of(lines, name, depth);
    common::Error error =
        common::system_error("reading the targets in '" + common::one_line(name, 200) + "'");
    throw common::Error(common::Trouble::invalid, error.text(),
                        file_ == nullptr ? "@FILE has one target a line; a group needs --targets FILE"
                                         : file_->group_hint(name));
}

std::vector<Target> TargetSet::lines_of(std::istream& lines, const std::string& name, int depth) const
{
    if (depth > 8)
        throw common::Error(common::Trouble::invalid,
                            name + ": files of targets name each other in a circle");
    std::vector<Target> found;
    std::string line;
    for (std::size_t number = 1; std::getline(lines, line); ++number) {
        if (number == 1 && line.starts_with("\xEF\xBB\xBF")) // as some editors begin files
            line.erase(0, 3);
        const std::string spec(common::trim(std::string_view(line).substr(0, line.find('#'))));
        std::vector<Target> more =
            common::while_doing(name + ":" + std::to_string(number), [&] { return named(spec, depth + 1); });
        std::move(more.begin(), more.end(), std::back_inserter(found));
        if (found.size() > most_targets)
            refuse(spec, "more than " + std::to_string(most_targets) + " targets in " + name);
    }
    return found;
}

} // namespace manager::target
