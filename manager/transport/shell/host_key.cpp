#include "manager/transport/shell/host_key.hpp"

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/trust/wire.hpp"

namespace manager::transport::shell {

using common::Error;
using common::Trouble;

namespace {

std::string place_of(const trust::HostKeyCheck& check)
{
    return check.file.string() + ':' + std::to_string(check.line);
}

/// The ssh-keygen command that forgets a host.
std::string forget(const trust::HostKeyCheck& check, const HostRecords& records)
{
    return "ssh-keygen -f '" + check.file.string() + "' -R '" +
           trust::known_host_name(records.name, records.port) + '\'';
}

Error changed(const trust::HostKeyCheck& check, const target::Target& target, const HostRecords& records,
              const std::string& type, const std::string& offered)
{
    if (check.type != type)
        return {Trouble::denied,
                target.host + " shows the host key " + offered + ", but only a key of type " + check.type +
                    " is on file (" + place_of(check) + ')',
                "if ssh-keyscan and the console of the target agree on this fingerprint, add the key to that "
                "file"};
    return {Trouble::denied,
            "the host key of " + target.host + " has changed to " + offered + "; " + place_of(check) +
                " has another: somebody may be listening in",
            "if the target was set up anew, run: " + forget(check, records)};
}

} // namespace

HostRecords records_of(const target::Target& target, trust::KnownHosts& known)
{
    trust::KnownHosts& files = target.known_hosts.empty() ? known : known.of_files(target.known_hosts);
    if (!target.host_key_alias.empty()) // stands for name and port
        return {files, target.host_key_alias, 22};
    return {files, target.host, target.port};
}

void check_host_key(std::string_view key, const target::Target& target, trust::KnownHosts& known,
                    bool accept_new)
{
    const HostRecords records = records_of(target, known);
    const std::string type = common::one_line(trust::wire::key_type(key), 60);
    const std::string offered = type + ' ' + trust::fingerprint(key);
    const trust::HostKeyCheck check = records.known.check(records.name, records.port, key);
    switch (check.verdict) {
    case trust::Verdict::known:
        return;
    case trust::Verdict::unknown:
        if (!accept_new)
            throw Error(
                Trouble::denied, "the host key of " + target.host + " is not known: " + offered,
                "compare the fingerprint and log in once with ssh, or trust it unseen with --accept-new");
        records.known.add(records.name, records.port, key);
        return;
    case trust::Verdict::changed:
        throw changed(check, target, records, type, offered);
    case trust::Verdict::revoked:
        throw Error(Trouble::denied,
                    "the host key " + offered + " of " + target.host + " is marked as revoked in " +
                        place_of(check),
                    "give the target a new host key; only if the mark is wrong, remove that line");
    case trust::Verdict::authority:
        throw Error(Trouble::denied,
                    target.host + " is known only by a certificate authority (" + place_of(check) +
                        "), which has not signed the host key that it shows: " + offered,
                    "only --ssh openssh can ask an authority; or add the host's own key to known_hosts: "
                    "ssh-keyscan, then compare the fingerprint");
    }
}

} // namespace manager::transport::shell
