#include "manager/transport/auto_connector.hpp"

#include "common/os/process.hpp"
#include "manager/transport/shell/host_key.hpp"
#include "manager/transport/ssh/control/messages.hpp"

namespace manager::transport {

using common::Deadline;

AutoConnector::AutoConnector(target::Target target, const trust::Credentials& credentials,
                             trust::KnownHosts& known, bool accept_new, shell::Patience patience,
                             OpensshTargets& openssh_targets, Notice notice)
    : target_(std::move(target)), credentials_(credentials), known_(known), openssh_targets_(openssh_targets),
      notice_(notice), libssh2_(target_, credentials, known, accept_new, patience),
      openssh_(target_, credentials, known, accept_new, patience, std::move(notice))
{
}

bool AutoConnector::needs_openssh() const
{
    if (!target_.jumps.empty() || !target_.proxy_command.empty() || openssh_targets_.has(target_.name))
        return true;
    const trust::Keys keys =
        credentials_.keys_for(target_.identities, {target_.configured_identities, target_.identities_only});
    if (!keys.tokens.empty() || !keys.certificates.empty())
        return true;
    const shell::HostRecords records = shell::records_of(target_, known_);
    return records.known.needs_authority(records.name, records.port);
}

std::unique_ptr<shell::Channel> AutoConnector::open(const std::string& command, Deadline deadline)
{
    if (needs_openssh())
        return openssh_.open(command, deadline);
    try {
        return libssh2_.open(command, deadline);
    } catch (const ssh::control::NoCommonAlgorithm& error) {
        if (!common::os::find_program("ssh"))
            throw common::Error(error.trouble(), error.text(),
                                error.hint() +
                                    "; or install ssh here (apt-get install openssh-client), which "
                                    "knows more of them and is then used by itself");
    }
    if (openssh_targets_.add(target_.name))
        notice_("libssh2 has no algorithm in common with this SSH server; the system's ssh is used instead");
    return openssh_.open(command, deadline);
}

std::unique_ptr<shell::Channel> AutoConnector::open_with_terminal(const std::string& command,
                                                                  Deadline deadline)
{
    return openssh_.open_with_terminal(command, deadline);
}

} // namespace manager::transport
