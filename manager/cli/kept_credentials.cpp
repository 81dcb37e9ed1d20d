#include "manager/cli/kept_credentials.hpp"

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/cli/kept_name.hpp"
#include "manager/transport/openssh/decrypt.hpp"
#include "manager/trust/file_key.hpp"
#include "manager/trust/key_file.hpp"

#include <nlohmann/json.hpp>

namespace manager::cli {

namespace {

using common::Error;
using common::Secret;
using common::Trouble;
using nlohmann::json;

constexpr const char* format = "soapstone-credentials/1";
constexpr std::size_t most_entries = 10'000;
constexpr std::size_t longest_password = 4'096; // bytes
constexpr std::size_t longest_key = 16'384;     // bytes

/// The name is sealed along, so that one cannot be put in the place of another.
std::string seal_name(const std::string& name)
{
    return "credential " + name;
}

void check(const serve::Credential& credential)
{
    check_kept_name(credential.name, "a credential");
    for (const Secret* password : {&credential.password, &credential.sudo_password, &credential.bmc_password,
                                   &credential.private_key_passphrase})
        if (password->size() > longest_password)
            throw Error(Trouble::invalid, "a password has at most 4096 bytes");
    if (credential.private_key.size() > longest_key)
        throw Error(Trouble::invalid, "a private key has at most 16384 bytes");
    if (!credential.private_key.empty())
        key_of(credential);
    else if (!credential.private_key_passphrase.empty())
        throw Error(Trouble::invalid, "there is a passphrase, but no private key");
}

/// A key without the blanks that may stand around a text in XML: with those ssh-add does not find it.
Secret plain_text(const Secret& key)
{
    const std::string_view inner = common::trim(key.reveal());
    std::string text;
    text.reserve(inner.size() + 1); // as in packed()
    text.append(inner).append(1, '\n');
    return Secret(std::move(text));
}

/// Lengths and texts: a secret may hold any byte, and must not pass through a JSON library's strings.
Secret packed(const serve::Credential& credential)
{
    std::string text;
    text.reserve(5 * (longest_password + 8) + longest_key); // one that grows leaves copies behind
    for (const Secret* secret : {&credential.password, &credential.sudo_password, &credential.bmc_password,
                                 &credential.private_key, &credential.private_key_passphrase}) {
        text += std::to_string(secret->size()) + ' ';
        text += secret->reveal();
    }
    return Secret(std::move(text));
}

Secret next_secret(std::string_view& text)
{
    const std::size_t blank = text.find(' ');
    const auto size = common::to_number(std::string(text.substr(0, blank)), longest_key);
    if (blank == std::string_view::npos || !size || text.size() < blank + 1 + *size)
        throw Error(Trouble::rejected, "a sealed credential is damaged");
    Secret secret{std::string(text.substr(blank + 1, *size))};
    text.remove_prefix(blank + 1 + *size);
    return secret;
}

} // namespace

const trust::Strongbox& KeptCredentials::box() const
{
    if (!box_)
        throw Error(Trouble::rejected, "this manager has no key to seal credentials with",
                    "start it with --key-file");
    return *box_;
}

std::map<std::string, KeptCredentials::Entry> KeptCredentials::read() const
{
    const std::optional<std::string> text = common::os::read_file_if_there(file_);
    if (!text)
        return {};
    try {
        const json content = json::parse(*text);
        if (content.at("format") != format)
            throw Error(Trouble::rejected, file_.string() + " is of another version");
        std::map<std::string, Entry> entries;
        for (const json& value : content.at("credentials")) {
            Entry entry;
            value.at("name").get_to(entry.info.name);
            value.at("changed").get_to(entry.info.changed);
            value.at("password").get_to(entry.info.has_password);
            value.at("sudo_password").get_to(entry.info.has_sudo_password);
            value.at("bmc_password").get_to(entry.info.has_bmc_password);
            entry.info.has_private_key = value.value("private_key", false);
            value.at("sealed").get_to(entry.sealed);
            entries[entry.info.name] = std::move(entry);
        }
        return entries;
    } catch (const json::exception&) {
        throw Error(Trouble::rejected, file_.string() + " is damaged");
    }
}

void KeptCredentials::write(const std::map<std::string, Entry>& entries) const
{
    json content{{"format", format}, {"credentials", json::array()}};
    for (const auto& [name, entry] : entries)
        content["credentials"].push_back({{"name", name},
                                          {"changed", entry.info.changed},
                                          {"password", entry.info.has_password},
                                          {"sudo_password", entry.info.has_sudo_password},
                                          {"bmc_password", entry.info.has_bmc_password},
                                          {"private_key", entry.info.has_private_key},
                                          {"sealed", entry.sealed}});
    common::os::write_file_durably(file_, content.dump(2) + '\n');
}

void KeptCredentials::put(const serve::Credential& credential)
{
    check(credential);
    Entry entry;
    entry.info = {credential.name,
                  common::to_milliseconds(std::chrono::system_clock::now()),
                  !credential.password.empty(),
                  !credential.sudo_password.empty(),
                  !credential.bmc_password.empty(),
                  !credential.private_key.empty()};
    if (!entry.info.has_password && !entry.info.has_sudo_password && !entry.info.has_bmc_password &&
        !entry.info.has_private_key)
        throw Error(Trouble::invalid, "a credential has at least one password or private key");
    entry.sealed = box().seal(packed(credential), seal_name(credential.name));
    const std::lock_guard lock(mutex_);
    std::map<std::string, Entry> entries = read();
    entries[credential.name] = std::move(entry);
    if (entries.size() > most_entries)
        throw Error(Trouble::rejected, "there are 10000 credentials already");
    write(entries);
}

std::vector<serve::CredentialInfo> KeptCredentials::all() const
{
    const std::lock_guard lock(mutex_);
    std::vector<serve::CredentialInfo> infos;
    for (const auto& [name, entry] : read())
        infos.push_back(entry.info);
    return infos;
}

void KeptCredentials::remove(const std::string& name)
{
    const std::lock_guard lock(mutex_);
    std::map<std::string, Entry> entries = read();
    if (entries.erase(name) > 0)
        write(entries);
}

serve::Credential KeptCredentials::find(const std::string& name) const
{
    const std::lock_guard lock(mutex_);
    const std::map<std::string, Entry> entries = read();
    const auto found = entries.find(name);
    if (found == entries.end())
        throw Error(Trouble::not_found, "there is no credential \"" + common::one_line(name, 80) + '"');
    const Secret text = box().unseal(found->second.sealed, seal_name(name));
    std::string_view rest = text.reveal();
    serve::Credential credential;
    credential.name = name;
    credential.password = next_secret(rest);
    credential.sudo_password = next_secret(rest);
    credential.bmc_password = next_secret(rest);
    if (rest.empty())
        return credential; // from before there were keys
    credential.private_key = next_secret(rest);
    credential.private_key_passphrase = next_secret(rest);
    return credential;
}

trust::UserKeyHandle key_of(const serve::Credential& credential)
{
    const trust::KeyText key(credential.name, plain_text(credential.private_key));
    if (key.encrypted() && credential.private_key_passphrase.empty())
        throw Error(Trouble::invalid, "the private key needs its passphrase");
    const trust::Ask passphrase = [&](const std::string&) {
        return credential.private_key_passphrase.copy();
    };
    try {
        const bool by_ssh_add = key.is_openssh() && key.encrypted();
        return std::make_shared<trust::FileKey>(
            by_ssh_add ? transport::openssh::decrypt_by_ssh_add(key, passphrase) : key.open(passphrase),
            credential.name);
    } catch (const Error& error) {
        if (error.trouble() == Trouble::denied)
            throw Error(Trouble::invalid, error.text(), "give the right privateKeyPassphrase");
        throw;
    }
}

} // namespace manager::cli
