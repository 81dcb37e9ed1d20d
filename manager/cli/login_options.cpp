#include "manager/cli/login_options.hpp"

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/trust/key_file.hpp"
#include "manager/trust/private_file.hpp"

namespace manager::cli {

namespace {

common::Secret secret(bool ask, const std::string& file, const std::string& option,
                      const std::string& question, const Workplace& workplace)
{
    if (ask && !file.empty())
        throw common::Error(common::Trouble::invalid,
                            "--ask-" + option + " and --" + option + "-file exclude each other");
    if (!file.empty())
        return trust::read_password_file(file);
    if (!ask)
        return {};
    common::Secret answer = workplace.ask(question);
    if (answer.empty())
        throw common::Error(common::Trouble::invalid, "--ask-" + option + ": no password was given");
    return answer;
}

target::SshProgram program_named(const std::string& name)
{
    if (name == "auto")
        return target::SshProgram::automatic;
    if (name == "libssh2")
        return target::SshProgram::libssh2;
    if (name == "openssh")
        return target::SshProgram::openssh;
    throw common::Error(common::Trouble::invalid, "--ssh: there is no \"" + common::one_line(name, 40) + '"',
                        "possible: auto, libssh2, openssh");
}

/// What `word` means in a table of words.
template <typename Table>
auto one_of(const Table& table, const std::string& option, const std::string& word)
{
    const auto value = target::named(table, word);
    if (value)
        return *value;
    std::vector<std::string> words;
    for (const auto& entry : table)
        words.emplace_back(entry.first);
    throw common::Error(common::Trouble::invalid,
                        option + ": there is no \"" + common::one_line(word, 40) + '"',
                        "possible: " + common::join(words, ", "));
}

} // namespace

void LoginOptions::declare_user(po::options_description& options)
{
    auto option = options.add_options();
    option("user,u", po::value(&user_)->value_name("NAME"),
           "login, goes before a targets file (default: root; on Windows: Administrator)");
    option("sudo", po::bool_switch(&sudo_), "become root with sudo after the login");
    option("su", po::bool_switch(&su_), "become root with su after the login");
    option("ssh", po::value(&ssh_)->value_name("PROGRAM"),
           "auto (default), libssh2, or openssh: the system's ssh");
    option("jump,J", po::value(&jump_)->value_name("SPEC"),
           "go through these hosts: [user@]host[:port],...; none: through none");
    option("smb", po::bool_switch(&smb_), "targets that no file tells of are Windows, reached over SMB");
    option("domain", po::value(&domain_)->value_name("NAME"),
           "domain of the login on Windows, or Kerberos' realm (default: the target's own accounts)");
    option("kerberos", po::bool_switch(&kerberos_),
           "Windows: nothing but Kerberos; without a password by the tickets that kinit got");
    option("netbios", po::bool_switch(&netbios_),
           "Windows: targets are NetBIOS names, looked for by broadcast");
    option("allow-smb2", po::bool_switch(&allow_smb2_),
           "Windows: also servers of SMB 2.1, which cannot encrypt");
    option("bmc", po::bool_switch(&bmc_),
           "targets that no file tells of are BMCs (iLO, iDRAC, ...); one of them is also "
           "bmc://[user@]host[:port]");
    option("method", po::value(&bmc_method_)->value_name("WAY"),
           "BMCs: how images get there: auto (default), pull, multipart, push, ribcl");
    option("pull", po::value(&bmc_pull_)->value_name("HOW"),
           "BMCs may fetch images from here: https (default), http (unprotected), never");
    option("legacy-tls", po::bool_switch(&legacy_tls_),
           "BMCs: also TLS 1.0 and weak keys, of the oldest; protects the password badly");
}

void LoginOptions::declare(po::options_description& options)
{
    auto option = options.add_options();
    option("identity,i", po::value(&identities_)->composing()->value_name("FILE"),
           "private key to log in with, repeatable (default: ssh-agent, then ~/.ssh)");
    option("ask-password", po::bool_switch(&ask_password_), "ask for the login's password");
    option("password-file", po::value(&password_file_)->value_name("FILE"),
           "password in a file of mode 0600");
    option("ask-bmc-password", po::bool_switch(&ask_bmc_password_),
           "ask for the password of BMCs (default: the login's)");
    option("bmc-password-file", po::value(&bmc_password_file_)->value_name("FILE"),
           "the password of BMCs in a file of mode 0600");
    option("ask-sudo-password", po::bool_switch(&ask_sudo_password_),
           "ask for the password for sudo (default: the login's) or su");
    option("sudo-password-file", po::value(&sudo_password_file_)->value_name("FILE"),
           "the password for sudo or su in a file of mode 0600");
    option("known-hosts", po::value(&known_hosts_)->composing()->value_name("FILE"),
           "host keys to trust (default: the user's and the system's)");
    option("accept-new", po::bool_switch(&accept_new_),
           "trust hosts that are not known yet, and remember their keys");
}

target::Wishes LoginOptions::wishes() const
{
    target::Wishes wishes;
    if (!user_.empty())
        wishes.user = user_;
    if (sudo_ && su_)
        throw common::Error(common::Trouble::invalid, "--sudo and --su exclude each other");
    if (sudo_ || su_)
        wishes.become = sudo_ ? target::Become::sudo : target::Become::su;
    if (!ssh_.empty())
        wishes.ssh = program_named(ssh_);
    if (!jump_.empty())
        wishes.jump = jump_;
    wishes.smb = smb_;
    if (!domain_.empty())
        wishes.domain = domain_;
    wishes.kerberos = kerberos_;
    wishes.netbios = netbios_;
    wishes.allow_smb2 = allow_smb2_;
    wishes.bmc = bmc_;
    if (bmc_ && smb_)
        throw common::Error(common::Trouble::invalid, "--bmc and --smb exclude each other");
    if (!bmc_method_.empty() && bmc_method_ != "auto")
        wishes.bmc_method = one_of(target::bmc_methods, "--method", bmc_method_);
    if (!bmc_pull_.empty())
        wishes.bmc_pull = one_of(target::bmc_pulls, "--pull", bmc_pull_);
    wishes.legacy_tls = legacy_tls_;
    return wishes;
}

void LoginOptions::fill(CampaignOptions& options, const Workplace& workplace) const
{
    options.identities.assign(identities_.begin(), identities_.end());
    for (const std::filesystem::path& key : options.identities)
        common::while_doing("--identity", [&] { trust::check_key_file(key); });
    options.known_hosts.assign(known_hosts_.begin(), known_hosts_.end());
    options.accept_new = accept_new_;
    options.ask = workplace.ask;
    options.password =
        secret(ask_password_, password_file_, "password", "Password for the targets: ", workplace);
    options.bmc_password =
        secret(ask_bmc_password_, bmc_password_file_, "bmc-password", "Password for the BMCs: ", workplace);
    if (options.bmc_password.empty())
        options.bmc_password = options.password.copy();
    options.sudo_password = secret(ask_sudo_password_, sudo_password_file_, "sudo-password",
                                   "Password for sudo on the targets: ", workplace);
}

} // namespace manager::cli
