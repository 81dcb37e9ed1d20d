#pragma once

#include "common/fields.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace manager::transport::smb::control {

/// How to get into one Windows target. The password is not part of it, it travels by itself.
struct Login {
    std::string host;       ///< name or numeric address
    std::uint16_t port = 0; ///< 0: 445, and 139 where that one does not answer
    std::string user;
    std::string domain;        ///< of Windows, or Kerberos' realm; empty: an account of the target itself
    bool has_password = false; ///< otherwise tickets of Kerberos, which name user and domain themselves
    bool kerberos = false;     ///< nothing but Kerberos
    bool netbios = false;      ///< the name is looked for by broadcast
    bool allow_smb2 = false;   ///< SMB 2.1, which cannot encrypt, will do
    std::string tickets;       ///< file of Kerberos tickets; empty: the usual place
    std::chrono::seconds limit{30}; ///< for each single question to the target
};

common::Fields encode(const Login& login);
Login read_login(const common::Fields& fields); ///< throws `invalid`

/// How the way in was.
struct Session {
    std::string target_address; ///< numeric
    std::string our_address;    ///< numeric, as the target's network sees us
    std::string method;         ///< ntlm or kerberos
    std::string machine;        ///< the same under each name of the target, until it starts anew
};

common::Fields encode(const Session& session);
Session read_session(const common::Fields& fields); ///< throws `invalid`

} // namespace manager::transport::smb::control
