#include "manager/trust/key_file.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/trust/base64.hpp"
#include "manager/trust/openssh_container.hpp"
#include "manager/trust/private_file.hpp"
#include "manager/trust/wire.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cstring>

namespace manager::trust {

using common::Error;
using common::Secret;
using common::Trouble;

namespace {

using Memory = common::Owned<BIO, BIO_free_all>;

/// Hands OpenSSL the passphrase; an error stops it in place of its own prompt at the terminal.
int give_passphrase(char* buffer, int size, int, void* context)
{
    const auto& passphrase = *static_cast<const Secret*>(context);
    const auto most = static_cast<std::size_t>(size);
    if (passphrase.empty() || passphrase.size() > most)
        return -1;
    std::memcpy(buffer, passphrase.reveal().data(), passphrase.size());
    return static_cast<int>(passphrase.size());
}

PrivateKey read_pem(std::string_view text, const Secret& passphrase)
{
    const Memory memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    PrivateKey key(
        PEM_read_bio_PrivateKey(memory.get(), nullptr, give_passphrase, const_cast<Secret*>(&passphrase)));
    ERR_clear_error(); // ours is the better message
    return key;
}

} // namespace

KeyFile::KeyFile(std::filesystem::path path) : path_(std::move(path)), text_(read_private_file(path_, "key"))
{
    if (text_.reveal().find("PRIVATE KEY-----") == std::string_view::npos)
        throw Error(Trouble::invalid, path_.string() + " is no private key",
                    "give the private half, in PEM, PKCS#8 or OpenSSH's format");
}

std::optional<std::string> KeyFile::public_blob() const
{
    if (const auto container = OpensshContainer::parse(text_.reveal()))
        return container->public_blob();
    std::filesystem::path beside = path_;
    beside += ".pub";
    const std::vector<std::string> words =
        common::split(common::os::read_file_if_there(beside).value_or(std::string()), ' ');
    const std::optional<std::string> blob =
        words.size() < 2 ? std::nullopt : from_base64(common::trim(words[1]));
    return blob && wire::key_type(*blob) == words[0] ? blob : std::nullopt;
}

bool KeyFile::is_openssh() const
{
    return OpensshContainer::parse(text_.reveal()).has_value();
}

bool KeyFile::encrypted() const
{
    if (const auto container = OpensshContainer::parse(text_.reveal()))
        return container->encrypted();
    return text_.reveal().find("ENCRYPTED") != std::string_view::npos;
}

PrivateKey KeyFile::open(const Ask& ask) const
{
    const std::string name = path_.string();
    if (const auto container = OpensshContainer::parse(text_.reveal())) {
        if (container->encrypted())
            throw Error(Trouble::denied, "the key " + name + " needs a passphrase", "ssh-add " + name);
        return common::while_doing("reading " + name, [&] { return container->key(); });
    }
    if (!encrypted()) {
        if (PrivateKey key = read_pem(text_.reveal(), Secret()))
            return key;
        throw Error(Trouble::invalid, name + " is damaged or of a kind that OpenSSL does not know");
    }
    if (!ask)
        throw Error(Trouble::denied, "the key " + name + " needs a passphrase", "ssh-add " + name);
    if (PrivateKey key = read_pem(text_.reveal(), ask("Passphrase of " + name + ": ")))
        return key;
    throw Error(Trouble::denied, "wrong passphrase for the key " + name, "run again, or ssh-add " + name);
}

void check_key_file(const std::filesystem::path& file)
{
    std::error_code failure;
    if (std::filesystem::is_fifo(file, failure))
        return;
    const KeyFile content(file);
    if (!content.encrypted())
        static_cast<void>(FileKey(content.open(nullptr), file.string()));
}

} // namespace manager::trust
