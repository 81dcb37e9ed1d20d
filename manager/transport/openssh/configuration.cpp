#include "manager/transport/openssh/configuration.hpp"

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/transport/shell/dialogue.hpp"

#include <algorithm>
#include <cstdlib>

namespace manager::transport::openssh {

namespace {

/// For every host. The first value counts, so what is said of one host stands in front of it. ServerAlive:
/// also for so long, 30 s, ssh waits for a server that thinks a login over; a line that is dead our own
/// connection tells sooner.
constexpr const char* for_all = R"(Host *
    AddKeysToAgent no
    CanonicalizeHostname no
    CheckHostIP no
    ClearAllForwardings yes
    Compression no
    ConnectionAttempts 1
    ControlMaster no
    ControlPath none
    EscapeChar none
    ForwardAgent no
    ForwardX11 no
    GlobalKnownHostsFile none
    HostbasedAuthentication no
    IdentitiesOnly no
    KexAlgorithms ^curve25519-sha256,curve25519-sha256@libssh.org
    NumberOfPasswordPrompts 1
    PermitLocalCommand no
    PKCS11Provider none
    ServerAliveCountMax 6
    ServerAliveInterval 5
    StrictHostKeyChecking yes
    TCPKeepAlive yes
    Tunnel no
    UpdateHostKeys no
    UserKnownHostsFile none
    VerifyHostKeyDNS no
)";

/// `value` as one word of the file.
std::string word(const std::string& value)
{
    const bool odd = std::any_of(value.begin(), value.end(),
                                 [](unsigned char c) { return c < ' ' || c == 0x7f || c == '"'; });
    if (odd)
        throw common::Error(common::Trouble::invalid,
                            "ssh cannot be told of \"" + common::one_line(value, 200) +
                                "\": quotes and control characters cannot be passed on",
                            "use another name");
    return '"' + value + '"';
}

/// Where ssh would replace %h and the like.
std::string plain(std::string value)
{
    for (std::size_t at = value.find('%'); at != std::string::npos; at = value.find('%', at + 2))
        value.insert(at, "%");
    return value;
}

class Writer {
public:
    explicit Writer(const ConfigurationParts& parts) : parts_(parts) {}

    std::string text()
    {
        begin(target_alias, parts_.target, parts_.keys, parts_.target.jumps.size());
        add("LogLevel", "VERBOSE"); // tells when the login is done
        add("PreferredAuthentications", parts_.may_use_password
                                            ? "gssapi-with-mic,publickey,password,keyboard-interactive"
                                            : "gssapi-with-mic,publickey");
        if (!parts_.target.jumps.empty())
            add("ProxyJump", way());
        else if (!parts_.target.proxy_command.empty())
            text_ += "    ProxyCommand " + parts_.target.proxy_command + '\n';
        else
            connect_by_us(parts_.target);
        for (std::size_t i = 0; i < parts_.target.jumps.size(); ++i) {
            begin(alias(i), parts_.target.jumps[i], parts_.jump_keys.at(i), i);
            add("LogLevel", "INFO");
            if (i == 0) // the others are reached through the one before
                connect_by_us(parts_.target.jumps[i]);
            // The password is the target's, and no jump host's business.
            add("BatchMode", "yes");
            add("PreferredAuthentications", "gssapi-with-mic,publickey");
        }
        return text_ + for_all + "    ConnectTimeout " + std::to_string(parts_.connect.count()) +
               "\n    GSSAPIAuthentication " + (std::getenv("KRB5CCNAME") != nullptr ? "yes\n" : "no\n");
    }

private:
    static std::string alias(std::size_t number) { return "soapstone-jump-" + std::to_string(number); }

    std::string way() const
    {
        std::vector<std::string> aliases;
        for (std::size_t i = 0; i < parts_.target.jumps.size(); ++i)
            aliases.push_back(alias(i));
        return common::join(aliases, ",");
    }

    void add(const char* key, const std::string& value)
    {
        text_ += std::string("    ") + key + ' ' + value + '\n';
    }

    /// Not ssh itself, whose connections do not notice a dead line.
    void connect_by_us(const target::Target& host)
    {
        const std::string seconds = std::to_string(parts_.connect.count());
        add("ProxyUseFdpass", "yes");
        add("ProxyCommand",
            plain(shell::shell_word(parts_.askpass.string()) + " --connect " + shell::shell_word(host.host) +
                  ' ' + std::to_string(host.port) + ' ' + seconds));
    }

    void begin(const std::string& name, const target::Target& host, const HostKeys& keys, std::size_t number)
    {
        text_ += "Host " + name + '\n';
        add("HostName", word(plain(host.host)));
        add("Port", std::to_string(host.port));
        add("User", word(host.user));
        if (!host.host_key_alias.empty())
            add("HostKeyAlias", word(host.host_key_alias));
        add("KnownHostsCommand",
            word(plain(parts_.askpass.string())) + " --host-key " + std::to_string(number) + " %I %H %K");
        if (!keys.authority) // else ssh would take a certificate for the key, and only ask us about that
            add("HostKeyAlgorithms", "-*-cert-v01@openssh.com");
        add("IdentityAgent", keys.agent.empty() ? "none" : word(plain(keys.agent.string())));
        for (const std::filesystem::path& file : keys.files)
            add("IdentityFile", word(plain(file.string())));
        if (keys.files.empty())
            add("IdentityFile", "none");
        for (const std::filesystem::path& file : keys.certificates)
            add("CertificateFile", word(plain(file.string())));
    }

    const ConfigurationParts& parts_;
    std::string text_;
};

} // namespace

std::string configuration(const ConfigurationParts& parts)
{
    return Writer(parts).text();
}

} // namespace manager::transport::openssh
