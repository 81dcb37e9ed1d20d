#include "manager/transport/ssh/interactive_login.hpp"

#include "common/text.hpp"

#include <cstdlib>
#include <cstring>

namespace manager::transport::ssh {

namespace {

struct Answering {
    const common::Secret& password;
    bool answered = false;
    std::string unanswered;
};

/// The prompt's text; its type differs between versions of libssh2.
std::string text_of(const LIBSSH2_USERAUTH_KBDINT_PROMPT& prompt)
{
    return common::one_line(common::trim({reinterpret_cast<const char*>(prompt.text), prompt.length}), 100);
}

void answer(const char*, int, const char*, int, int count, const LIBSSH2_USERAUTH_KBDINT_PROMPT* prompts,
            LIBSSH2_USERAUTH_KBDINT_RESPONSE* responses, void** context)
{
    if (count == 0)
        return; // only an announcement
    auto& answering = *static_cast<Answering*>(*context);
    const std::string_view password = answering.password.reveal();
    if (answering.answered || count != 1 || prompts[0].echo != 0) {
        answering.unanswered = text_of(prompts[0]);
        return;
    }
    answering.answered = true;
    auto* text =
        static_cast<char*>(std::malloc(password.size())); // libssh2 frees it by our own function, which wipes
    if (text == nullptr)
        return;
    std::memcpy(text, password.data(), password.size());
    responses[0].text = text;
    responses[0].length = static_cast<unsigned>(password.size());
}

} // namespace

Interaction log_in_by_prompt(const Session& session, const std::string& user, const common::Secret& password,
                             common::Deadline deadline)
{
    Answering answering{password, false, {}};
    *libssh2_session_abstract(session.get()) = &answering;
    Interaction interaction;
    interaction.error = session.finish(deadline, [&] {
        return libssh2_userauth_keyboard_interactive_ex(session.get(), user.data(),
                                                        static_cast<unsigned>(user.size()), answer);
    });
    *libssh2_session_abstract(session.get()) = nullptr;
    interaction.unanswered = answering.unanswered;
    return interaction;
}

} // namespace manager::transport::ssh
