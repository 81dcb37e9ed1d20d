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

KeyText::KeyText(std::string name, Secret text) : name_(std::move(name)), text_(std::move(text))
{
    if (text_.reveal().find("PRIVATE KEY-----") == std::string_view::npos)
        throw Error(Trouble::invalid, name_ + " is no private key",
                    "give the private half, in PEM, PKCS#8 or OpenSSH's format");
}

std::optional<std::string> KeyText::public_blob() const
{
    const auto container = OpensshContainer::parse(text_.reveal());
    return container ? std::optional(container->public_blob()) : std::nullopt;
}

KeyFile::KeyFile(const std::filesystem::path& path) : content_(path.string(), read_private_file(path, "key"))
{
}

std::optional<std::string> KeyFile::public_blob() const
{
    if (std::optional<std::string> inside = content_.public_blob())
        return inside;
    const std::vector<std::string> words =
        common::split(common::os::read_file_if_there(content_.name() + ".pub").value_or(std::string()), ' ');
    const std::optional<std::string> blob =
        words.size() < 2 ? std::nullopt : from_base64(common::trim(words[1]));
    return blob && wire::key_type(*blob) == words[0] ? blob : std::nullopt;
}

bool KeyText::is_openssh() const
{
    return OpensshContainer::parse(text_.reveal()).has_value();
}

bool KeyText::encrypted() const
{
    if (const auto container = OpensshContainer::parse(text_.reveal()))
        return container->encrypted();
    return text_.reveal().find("ENCRYPTED") != std::string_view::npos;
}

PrivateKey KeyText::open(const Ask& ask) const
{
    if (const auto container = OpensshContainer::parse(text_.reveal())) {
        if (container->encrypted())
            throw Error(Trouble::denied, "the key " + name_ + " needs a passphrase", "ssh-add " + name_);
        return common::while_doing("reading " + name_, [&] { return container->key(); });
    }
    if (!encrypted()) {
        if (PrivateKey key = read_pem(text_.reveal(), Secret()))
            return key;
        throw Error(Trouble::invalid, name_ + " is damaged or of a kind that OpenSSL does not know");
    }
    if (!ask)
        throw Error(Trouble::denied, "the key " + name_ + " needs a passphrase", "ssh-add " + name_);
    if (PrivateKey key = read_pem(text_.reveal(), ask("Passphrase of " + name_ + ": ")))
        return key;
    throw Error(Trouble::denied, "wrong passphrase for the key " + name_, "run again, or ssh-add " + name_);
}

void check_key_file(const std::filesystem::path& file)
{
    std::error_code failure;
    if (std::filesystem::is_fifo(file, failure))
        return;
    const KeyFile key(file);
    if (!key.content().encrypted())
        static_cast<void>(FileKey(key.content().open(nullptr), file.string()));
}

} // namespace manager::trust
