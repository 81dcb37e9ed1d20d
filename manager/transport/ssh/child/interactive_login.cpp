#include "manager/transport/ssh/child/interactive_login.hpp"

#include "common/text.hpp"

#include <cstdlib>
#include <cstring>
#include <exception>

namespace manager::transport::ssh::child {

namespace {

struct Answering {
    ManagerQuestions& manager;
    bool answered = false;
    std::string unanswered;
    std::exception_ptr problem; ///< nothing may be thrown through libssh2's frames
};

/// The prompt's text; its type differs between versions of libssh2.
std::string text_of(const LIBSSH2_USERAUTH_KBDINT_PROMPT& prompt)
{
    return common::one_line(common::trim({reinterpret_cast<const char*>(prompt.text), prompt.length}), 100);
}

/// The password in memory that libssh2 frees by our own function, which wipes.
LIBSSH2_USERAUTH_KBDINT_RESPONSE response(ManagerQuestions& manager)
{
    LIBSSH2_USERAUTH_KBDINT_RESPONSE made{};
    const std::string_view password = manager.password().reveal();
    auto* text = static_cast<char*>(std::malloc(password.size()));
    if (text == nullptr)
        return made;
    std::memcpy(text, password.data(), password.size());
    made.text = text;
    made.length = static_cast<unsigned>(password.size());
    return made;
}

void answer(const char*, int, const char*, int, int count, const LIBSSH2_USERAUTH_KBDINT_PROMPT* prompts,
            LIBSSH2_USERAUTH_KBDINT_RESPONSE* responses, void** context)
{
    if (count == 0)
        return; // only an announcement
    auto& answering = *static_cast<Answering*>(*context);
    if (answering.answered || count != 1 || prompts[0].echo != 0) {
        answering.unanswered = text_of(prompts[0]);
        return;
    }
    answering.answered = true;
    try {
        responses[0] = response(answering.manager);
    } catch (...) {
        answering.problem = std::current_exception();
    }
}

} // namespace

Interaction log_in_by_prompt(const Session& session, const std::string& user, ManagerQuestions& manager,
                             common::Deadline deadline)
{
    Answering answering{manager, false, {}, nullptr};
    *libssh2_session_abstract(session.get()) = &answering;
    Interaction interaction;
    interaction.error = session.finish(deadline, [&] {
        return libssh2_userauth_keyboard_interactive_ex(session.get(), user.data(),
                                                        static_cast<unsigned>(user.size()), answer);
    });
    *libssh2_session_abstract(session.get()) = nullptr;
    if (answering.problem)
        std::rethrow_exception(answering.problem);
    interaction.unanswered = answering.unanswered;
    return interaction;
}

} // namespace manager::transport::ssh::child
