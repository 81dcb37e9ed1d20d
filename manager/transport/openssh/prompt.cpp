#include "manager/transport/openssh/prompt.hpp"

#include "common/lower_case.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <array>

namespace manager::transport::openssh {

namespace {

/// ssh shortens both in its prompts.
std::string login_name(std::string_view user, std::string_view host)
{
    return std::string(user.substr(0, 30)) + '@' + std::string(host.substr(0, 128));
}

/// Words of prompts that have "password" in them and want something else.
constexpr std::array<std::string_view, 10> odd_words{"new",    "old",      "current", "retype", "again",
                                                     "change", "one-time", "otp",     "code",   "token"};

/// A server's own prompt, as PAM's "Password: ".
bool wants_password(std::string_view question)
{
    const std::string text = common::lower_case(common::trim(question));
    const bool odd = std::any_of(odd_words.begin(), odd_words.end(),
                                 [&](auto word) { return text.find(word) != std::string::npos; });
    return !odd && text.ends_with(':') && text.find("password") != std::string::npos;
}

} // namespace

Prompt recognise(std::string_view text, std::string_view hint, std::string_view user, std::string_view host)
{
    Prompt prompt{Prompt::Kind::other, common::one_line(common::trim(text), 100)};
    if (hint == "none") {
        prompt.kind = Prompt::Kind::touch;
        return prompt;
    }
    if (hint == "confirm")
        return prompt;
    const std::string login = login_name(user, host);
    const std::string of_server = '(' + login + ") ";
    if (text == login + "'s password: ")
        prompt.kind = Prompt::Kind::password;
    else if (text.starts_with(of_server) && wants_password(text.substr(of_server.size())))
        prompt.kind = Prompt::Kind::password;
    else if (text.starts_with("Enter passphrase for key '"))
        prompt.kind = Prompt::Kind::passphrase;
    return prompt;
}

} // namespace manager::transport::openssh
