#include "manager/transport/ssh/child/manager_questions.hpp"

namespace manager::transport::ssh::child {

using common::Deadline;
using common::Error;
using control::Word;

namespace {

/// A human may have to confirm a signature; a manager that has given up hangs up, and needs no time limit.
constexpr std::chrono::hours patience{24};

} // namespace

std::string expect(control::Line& manager, Word word)
{
    std::optional<control::Message> message = manager.receive(Deadline::in(patience));
    if (!message)
        throw ManagerGone{};
    if (message->word != word)
        control::nonsense("a word that was not expected");
    return std::move(message->body);
}

void tell(control::Line& manager, Word word, std::string_view body)
{
    try {
        manager.send(word, body, Deadline::in(patience));
    } catch (const Error& error) {
        if (error.trouble() == common::Trouble::unreachable)
            throw ManagerGone{};
        throw;
    }
}

std::string ManagerQuestions::sign(std::size_t key, std::size_t offer, std::string_view data)
{
    const control::SignRequest request{static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(offer),
                                       std::string(data)};
    tell(manager_, Word::sign, encode(request));
    return expect(manager_, Word::signature);
}

const common::Secret& ManagerQuestions::password()
{
    if (!password_) {
        tell(manager_, Word::ask_password);
        password_.emplace(expect(manager_, Word::password));
    }
    return *password_;
}

} // namespace manager::transport::ssh::child
