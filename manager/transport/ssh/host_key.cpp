#include "manager/transport/ssh/host_key.hpp"

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/trust/wire.hpp"

namespace manager::transport::ssh {

using common::Error;
using common::Trouble;

namespace {

std::string place_of(const trust::HostKeyCheck& check)
{
    return check.file.string() + ':' + std::to_string(check.line);
}

/// The ssh-keygen command that forgets a host.
std::string forget(const trust::HostKeyCheck& check, const target::Target& target)
{
    return "ssh-keygen -f '" + check.file.string() + "' -R '" +
           trust::known_host_name(target.host, target.port) + '\'';
}

Error changed(const trust::HostKeyCheck& check, const target::Target& target, const std::string& type,
              const std::string& offered)
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
            "if the target was set up anew, run: " + forget(check, target)};
}

} // namespace

void check_host_key(std::string_view key, const target::Target& target, trust::KnownHosts& known,
                    bool accept_new)
{
    const std::string type = common::one_line(trust::wire::key_type(key), 60);
    const std::string offered = type + ' ' + trust::fingerprint(key);
    const trust::HostKeyCheck check = known.check(target.host, target.port, key);
    switch (check.verdict) {
    case trust::Verdict::known:
        return;
    case trust::Verdict::unknown:
        if (!accept_new)
            throw Error(
                Trouble::denied, "the host key of " + target.host + " is not known: " + offered,
                "compare the fingerprint and log in once with ssh, or trust it unseen with --accept-new");
        known.add(target.host, target.port, key);
        return;
    case trust::Verdict::changed:
        throw changed(check, target, type, offered);
    case trust::Verdict::revoked:
        throw Error(Trouble::denied,
                    "the host key " + offered + " of " + target.host + " is marked as revoked in " +
                        place_of(check),
                    "give the target a new host key; only if the mark is wrong, remove that line");
    case trust::Verdict::authority:
        throw Error(Trouble::denied,
                    target.host + " is known only by a certificate authority (" + place_of(check) +
                        "), which is not supported by this transport; it shows the host key " + offered,
                    "add the host's own key to known_hosts: ssh-keyscan, then compare the fingerprint");
    }
}

} // namespace manager::transport::ssh
