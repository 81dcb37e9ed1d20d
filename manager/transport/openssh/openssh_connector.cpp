#include "manager/transport/openssh/openssh_connector.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/os/process.hpp"
#include "manager/transport/openssh/key_agent.hpp"
#include "manager/transport/openssh/openssh_channel.hpp"
#include "manager/transport/process/environment.hpp"
#include "manager/transport/process/own_program.hpp"
#include "manager/transport/shell/host_key.hpp"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace manager::transport::openssh {

using common::Deadline;
using common::os::Open;

namespace {

std::string ssh_program()
{
    const std::optional<std::string> program = common::os::find_program("ssh");
    if (!program)
        throw common::Error(common::Trouble::invalid, "there is no program ssh on this machine",
                            "install it (apt-get install openssh-client), or use --ssh libssh2");
    return *program;
}

/// A proxy command is the user's own and may count on his environment; everything else gets a clean one.
std::vector<std::string> environment_for(const target::Target& target)
{
    std::vector<std::string> environment;
    if (!target.proxy_command.empty())
        for (char** entry = environ; *entry != nullptr; ++entry)
            environment.emplace_back(*entry);
    else
        environment = common::os::clean_environment();
    std::erase_if(environment, [](const std::string& entry) { return entry.starts_with("SSH_ASKPASS"); });
    if (target.proxy_command.empty()) {
        std::erase_if(environment, [](const std::string& entry) { return entry.starts_with("HOME="); });
        process::keep(environment, "HOME");
        process::keep(environment, "KRB5CCNAME");
    }
    return environment;
}

/// What the keys of one host become: an agent of ours, or ssh's own defaults. With these ssh finds
/// certificates and security tokens in the user's agent by itself.
class KeyRing {
public:
    KeyRing(const PrivateFolder& folder, const trust::Credentials& credentials)
        : folder_(folder), credentials_(credentials)
    {
    }

    HostKeys add(const trust::Keys& keys)
    {
        HostKeys host;
        if (!keys.named) {
            const char* agent = std::getenv("SSH_AUTH_SOCK");
            if (credentials_.use_agent() && agent != nullptr)
                host.agent = agent;
            host.files = trust::Credentials::usual_files();
            return host;
        }
        host.agent = folder_ / ("agent-" + std::to_string(agents_.size())).c_str();
        host.files = keys.tokens;
        host.certificates = keys.certificates;
        agents_.push_back({host.agent, [held = keys.keys](std::string_view request) {
                               return answer_as_agent(held, request);
                           }});
        return host;
    }

    /// For a host on the way: its own key files, else the same as for targets.
    HostKeys add_jump(const target::Target& jump)
    {
        std::vector<std::filesystem::path> own = jump.configured_identities;
        std::erase_if(own, [](const auto& file) { return ::access(file.c_str(), F_OK) != 0; });
        return add(credentials_.keys_for(own));
    }

    std::vector<Desk::Agent> take() { return std::move(agents_); }

private:
    const PrivateFolder& folder_;
    const trust::Credentials& credentials_;
    std::vector<Desk::Agent> agents_;
};

bool has_authority(const target::Target& host, trust::KnownHosts& known)
{
    const shell::HostRecords records = shell::records_of(host, known);
    return records.known.has_authority(records.name, records.port);
}

login::RefusedLogin refused_login(const target::Target& target, const trust::Keys& keys, bool had_password)
{
    login::RefusedLogin refused;
    refused.user = target.user;
    for (const trust::UserKeyHandle& key : keys.keys)
        refused.tried.push_back("the key " + key->name());
    for (const std::filesystem::path& token : keys.tokens)
        refused.tried.push_back("the key " + token.string());
    refused.notes = keys.skipped;
    refused.had_password = had_password;
    return refused;
}

} // namespace

OpensshConnector::OpensshConnector(target::Target target, const trust::Credentials& credentials,
                                   trust::KnownHosts& known, bool accept_new, shell::Patience patience,
                                   Clerk::Notice notice)
    : target_(std::move(target)), credentials_(credentials), known_(known), accept_new_(accept_new),
      patience_(patience), notice_(std::move(notice))
{
}

std::unique_ptr<shell::Channel> OpensshConnector::open(const std::string& command, Deadline deadline)
{
    return start(command, false, deadline);
}

std::unique_ptr<shell::Channel> OpensshConnector::open_with_terminal(const std::string& command,
                                                                     Deadline deadline)
{
    return start(command, true, deadline);
}

std::unique_ptr<shell::Channel> OpensshConnector::start(const std::string& command, bool terminal,
                                                        Deadline deadline) const
{
    // Before the connection: a passphrase may have to be typed, and a server does not wait for that.
    const trust::Keys keys =
        credentials_.keys_for(target_.identities, {target_.configured_identities, target_.identities_only});
    return shell::patiently(patience_, deadline, [&] { return try_once(command, terminal, keys, deadline); });
}

std::unique_ptr<OpensshChannel> OpensshConnector::try_once(const std::string& command, bool terminal,
                                                           const trust::Keys& keys, Deadline deadline) const
{
    auto folder = std::make_unique<PrivateFolder>();
    KeyRing ring(*folder, credentials_);
    const bool has_password = !credentials_.password().empty();
    const std::string askpass = process::own_program("soapstone-askpass");
    ConfigurationParts parts{target_, askpass, ring.add(keys), {}, has_password, {}};
    parts.connect =
        std::max(std::chrono::seconds(1), std::chrono::ceil<std::chrono::seconds>(patience_.connect));
    parts.keys.authority = has_authority(target_, known_);
    for (const target::Target& jump : target_.jumps) {
        parts.jump_keys.push_back(ring.add_jump(jump));
        parts.jump_keys.back().authority = has_authority(jump, known_);
    }
    common::os::write_all(common::os::open_file(*folder / "config", Open::write | Open::exclude).get(),
                          configuration(parts), "the configuration for ssh");

    Start start{ssh_program(), command, terminal, environment_for(target_), *folder / "desk"};
    for (const std::string& entry : {"SOAPSTONE_DESK=" + start.socket.string(), "SSH_ASKPASS=" + askpass,
                                     std::string("SSH_ASKPASS_REQUIRE=force"), std::string("SHELL=/bin/sh")})
        start.environment.push_back(entry);
    auto clerk = std::make_unique<Clerk>(target_, credentials_.password(), known_, accept_new_, notice_);
    auto channel = std::make_unique<OpensshChannel>(std::move(folder), std::move(clerk), ring.take(), start);
    channel->wait_for_login(refused_login(target_, keys, has_password),
                            deadline.or_before(Deadline::in(patience_.connect + patience_.login)));
    return channel;
}

} // namespace manager::transport::openssh
