#pragma once

#include <string>
#include <string_view>

namespace manager::transport::openssh {

/// What ssh asks its user, in its own words or in those of the server.
struct Prompt {
    enum class Kind {
        password,   ///< of the login
        passphrase, ///< of a key file
        touch,      ///< no question: a security token wants to be touched
        other,      ///< anything else: a second factor, a new password, a PIN
    };
    Kind kind = Kind::other;
    std::string text; ///< as one harmless line
};

/// What `text` asks for in a login of `user` at `host`. `hint` is what ssh says of the question besides:
/// "none" when it wants no answer, "confirm" when it wants a yes.
Prompt recognise(std::string_view text, std::string_view hint, std::string_view user, std::string_view host);

} // namespace manager::transport::openssh
