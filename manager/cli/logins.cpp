#include "manager/cli/logins.hpp"

#include "manager/rollout/report.hpp"
#include "manager/transport/openssh/decrypt.hpp"

#include <cstdlib>

namespace manager::cli {

namespace {

std::vector<std::filesystem::path> known_hosts_files(const CampaignOptions& options)
{
    if (!options.known_hosts.empty())
        return options.known_hosts;
    std::vector<std::filesystem::path> files{"/etc/ssh/ssh_known_hosts"};
    if (const char* home = std::getenv("HOME"))
        files.insert(files.begin(), std::filesystem::path(home) / ".ssh" / "known_hosts");
    return files;
}

trust::LoginOptions login_options(const CampaignOptions& options)
{
    trust::LoginOptions login;
    login.identities = options.identities;
    login.keys = options.keys;
    login.password = options.password.copy();
    login.sudo_password = options.sudo_password.copy();
    login.ask = options.ask;
    login.decrypt = transport::openssh::decrypt_by_ssh_add;
    return login;
}

} // namespace

std::string who_we_are()
{
    const rollout::Workplace here = rollout::this_workplace();
    return here.user + " on " + here.host;
}

Logins::Logins(const CampaignOptions& options, const std::string& run, std::vector<std::string> architectures,
               std::chrono::seconds keep)
    : credentials_(login_options(options)), known_(known_hosts_files(options), options.data / "known_hosts")
{
    if (!options.known_hosts.empty())
        known_.fix();
    transport_.accept_new = options.accept_new;
    transport_.shell.run = run;
    transport_.shell.keep = keep;
    transport_.shell.architectures = std::move(architectures);
}

std::unique_ptr<transport::Transport> Logins::connect(const target::Target& target, transport::Notice notice)
{
    return transport::make_transport(target, credentials_, known_, transport_, std::move(notice));
}

} // namespace manager::cli
