#include "manager/serve/keeper_calls.hpp"

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <map>

namespace manager::serve {

namespace {

using common::Error;
using common::Trouble;
using common::xml_safe;

constexpr int most_targets = 1'000;
constexpr int last_port = 65'535;

wire::Credential wire_credential(const CredentialInfo& info)
{
    wire::Credential out;
    out.name = info.name;
    out.changedAt = common::from_milliseconds(info.changed);
    out.hasPassword = info.has_password;
    out.hasSudoPassword = info.has_sudo_password;
    out.hasBmcPassword = info.has_bmc_password;
    out.hasPrivateKey = info.has_private_key;
    return out;
}

wire::KnownTarget wire_target(const KnownTarget& target)
{
    wire::KnownTarget out;
    out.name = xml_safe(target.name);
    out.address = text_or_none(target.address);
    if (target.port)
        out.port = *target.port;
    out.user = text_or_none(target.user);
    out.become = text_or_none(target.become);
    out.connection = text_or_none(target.connection);
    out.jump = text_or_none(target.jump);
    for (const std::string& group : target.groups)
        out.groups.push_back(xml_safe(group));
    return out;
}

KnownTarget target_in(const wire::KnownTarget& from)
{
    KnownTarget target;
    target.name = from.name;
    target.address = from.address.value_or("");
    if (from.port && (*from.port < 1 || *from.port > last_port))
        throw Error(Trouble::invalid,
                    "the port of " + common::one_line(from.name, 80) + " must be 1 to 65535");
    if (from.port)
        target.port = static_cast<std::uint16_t>(*from.port);
    target.user = from.user.value_or("");
    target.become = from.become.value_or("");
    target.connection = from.connection.value_or("");
    target.jump = from.jump.value_or("");
    target.groups = from.groups;
    return target;
}

bool is_in(const KnownTarget& target, const std::optional<std::string>& group)
{
    return !group || std::find(target.groups.begin(), target.groups.end(), *group) != target.groups.end();
}

} // namespace

common::Secret take_secret(std::optional<std::string>& text)
{
    common::Secret copy(text.value_or(""));
    if (text)
        common::wipe(*text);
    return copy;
}

void put_credential(Keeper& keeper, _mgr__PutCredential& request, _mgr__PutCredentialResponse& response)
{
    Credential credential;
    credential.name = request.credentialName;
    credential.password = take_secret(request.password);
    credential.sudo_password = take_secret(request.sudoPassword);
    credential.bmc_password = take_secret(request.bmcPassword);
    credential.private_key = take_secret(request.privateKey);
    credential.private_key_passphrase = take_secret(request.privateKeyPassphrase);
    keeper.put_credential(std::move(credential));
    for (const CredentialInfo& info : keeper.credentials())
        if (info.name == request.credentialName)
            response.credential = wire_credential(info);
}

void get_credentials(const Keeper& keeper, _mgr__GetCredentialsResponse& response)
{
    for (const CredentialInfo& info : keeper.credentials())
        response.credentials.push_back(wire_credential(info));
}

void put_targets(Keeper& keeper, const _mgr__PutTargets& request, _mgr__PutTargetsResponse& response)
{
    std::vector<KnownTarget> targets;
    for (const wire::KnownTarget& target : request.targets)
        targets.push_back(target_in(target));
    keeper.put_targets(targets);
    response.known = static_cast<int>(keeper.targets().size());
}

void get_targets(const Keeper& keeper, const _mgr__GetTargets& request, _mgr__GetTargetsResponse& response)
{
    const auto most = static_cast<std::size_t>(std::clamp(request.mostTargets, 1, most_targets));
    for (const KnownTarget& target : keeper.targets()) {
        if (!is_in(target, request.group) || (request.afterTarget && target.name <= *request.afterTarget))
            continue;
        response.moreTargets = response.knownTargets.size() == most;
        if (response.moreTargets)
            return;
        response.knownTargets.push_back(wire_target(target));
    }
}

void get_groups(const Keeper& keeper, _mgr__GetGroupsResponse& response)
{
    std::map<std::string, int> sizes;
    for (const KnownTarget& target : keeper.targets())
        for (const std::string& group : target.groups)
            ++sizes[group];
    for (const auto& [name, size] : sizes) {
        response.groups.emplace_back();
        response.groups.back().name = xml_safe(name);
        response.groups.back().size = size;
    }
}

wire::KeptComponent wire_component(const KeptComponent& component)
{
    wire::KeptComponent out;
    out.name = component.name;
    out.kind = component.kind;
    out.title = xml_safe(component.title);
    out.version = text_or_none(component.version);
    out.size = static_cast<LONG64>(component.size);
    out.sha256 = component.sha256;
    out.addedAt = common::from_milliseconds(component.added);
    return out;
}

} // namespace manager::serve
