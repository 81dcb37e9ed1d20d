#pragma once

#include "common/secret.hpp"
#include "manager/trust/file_key.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace manager::trust {

/// Asks a human for a secret; `question` ends with ": ".
using Ask = std::function<common::Secret(const std::string& question)>;

/// The text of a private key, which perhaps needs a passphrase.
class KeyText {
public:
    /// `name` is what messages call it. Throws `invalid` when it is no private key.
    KeyText(std::string name, common::Secret text);

    const std::string& name() const { return name_; }
    const common::Secret& text() const { return text_; }

    /// The public half, where the text tells it without any passphrase.
    std::optional<std::string> public_blob() const;

    /// True when it is in the format that only OpenSSH has.
    bool is_openssh() const;

    /// True when a passphrase is needed.
    bool encrypted() const;

    /// The key. A passphrase is asked for where OpenSSL can use it (PEM and PKCS#8). Throws `denied` for an
    /// encrypted one in OpenSSH's own format, naming ssh-agent as the way out, and for a wrong passphrase.
    PrivateKey open(const Ask& ask) const;

private:
    std::string name_;
    common::Secret text_;
};

/// A private key file, read but perhaps not yet opened.
class KeyFile {
public:
    /// Throws `invalid` when there is none, it is no private key, or others can read it.
    explicit KeyFile(const std::filesystem::path& path);

    const KeyText& content() const { return content_; }

    /// The public half without any passphrase: from the file itself or the .pub file beside it.
    std::optional<std::string> public_blob() const;

private:
    KeyText content_;
};

/// Throws `invalid` when `file` cannot be a key to log in with: not there, not readable, damaged. Asks for no
/// passphrase. A pipe, which can be read only once, is left for the login.
void check_key_file(const std::filesystem::path& file);

} // namespace manager::trust
