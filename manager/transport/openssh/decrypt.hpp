#pragma once

#include "manager/trust/key_file.hpp"

namespace manager::transport::openssh {

/// An encrypted key of OpenSSH's own format, whose encryption only OpenSSH knows: its program ssh-add gets
/// it through a pipe, decrypts it and hands it to an agent, which is us. `ask` is asked for the passphrase,
/// once. Nothing is written anywhere. Throws `denied` when the passphrase is wrong, `invalid` when there is
/// no ssh-add.
trust::PrivateKey decrypt_by_ssh_add(const trust::KeyText& key, const trust::Ask& ask);

} // namespace manager::transport::openssh
