#include "manager/transport/openssh/clerk.hpp"

#include "common/text.hpp"
#include "manager/transport/openssh/desk.hpp"
#include "manager/transport/openssh/prompt.hpp"
#include "manager/transport/shell/host_key.hpp"
#include "manager/trust/base64.hpp"
#include "manager/trust/wire.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

namespace manager::transport::openssh {

using common::Error;

namespace {

const std::string no_answer = "-";

bool is_certificate(std::string_view key)
{
    return trust::wire::key_type(key).find("-cert-v0") != std::string_view::npos;
}

/// The host that a question is about: the target itself, or one on the way to it.
const target::Target& host_of(const target::Target& target, const std::string& number)
{
    const auto hop = common::to_number(number);
    return hop && *hop < target.jumps.size() ? target.jumps[*hop] : target;
}

} // namespace

Clerk::Clerk(const target::Target& target, const common::Secret& password, trust::KnownHosts& known,
             bool accept_new, Notice notice)
    : target_(target), password_(password), known_(known), accept_new_(accept_new),
      notice_(std::move(notice)), alarm_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
}

std::optional<std::string> Clerk::answer(const std::vector<std::string>& words)
{
    const std::lock_guard lock(mutex_);
    try {
        if (words.size() == 5 && words[0] == "--host-key")
            return about_host(words);
        if (words.size() == 2)
            return to_prompt(words[0], words[1]);
    } catch (const Error& error) {
        notes_.objection = error;
        raise_alarm();
    }
    return no_answer;
}

Clerk::Notes Clerk::notes() const
{
    const std::lock_guard lock(mutex_);
    return notes_;
}

/// ssh asks twice: first for all that is on file, to choose the type of key that it asks the server for, then
/// about the key that the server has shown. Its own files are none, so that a line of ours is what it goes
/// by.
std::string Clerk::about_host(const std::vector<std::string>& words)
{
    const target::Target& host = host_of(target_, words[1]);
    const std::string& purpose = words[2];
    const std::string& name = words[3];
    const shell::HostRecords records = shell::records_of(host, known_);
    const std::string key = trust::from_base64(words[4]).value_or(std::string());
    std::string answer = "+";
    if (purpose == "HOSTNAME" && &host == &target_)
        notes_.host_key = trust::fingerprint(key);
    if (purpose == "ORDER" || is_certificate(key)) {
        for (const std::string& line : records.known.lines_for(records.name, records.port, name))
            answer += line + '\n';
    } else if (purpose == "HOSTNAME") {
        shell::check_host_key(key, host, known_, accept_new_);
        answer += name + ' ' + std::string(trust::wire::key_type(key)) + ' ' + words[4] + '\n';
    }
    return answer;
}

std::optional<std::string> Clerk::to_prompt(const std::string& text, const std::string& hint)
{
    const std::string& host = target_.host_key_alias.empty() ? target_.host : target_.host_key_alias;
    const Prompt prompt = recognise(text, hint, target_.user, host);
    switch (prompt.kind) {
    case Prompt::Kind::password:
        return to_password_prompt();
    case Prompt::Kind::passphrase: // without it ssh passes the key over
        return no_answer;
    case Prompt::Kind::touch:
        notice_(prompt.text);
        return std::nullopt; // ssh ends the asker itself
    case Prompt::Kind::other:
        notes_.unanswered = prompt.text;
        raise_alarm();
        return std::nullopt;
    }
    return no_answer;
}

std::optional<std::string> Clerk::to_password_prompt()
{
    if (password_.empty() || notes_.gave_password) {
        notes_.refused_password = notes_.gave_password;
        raise_alarm();
        return std::nullopt;
    }
    notes_.gave_password = true;
    return answer_with(password_);
}

void Clerk::raise_alarm() const
{
    const std::uint64_t one = 1;
    static_cast<void>(!::write(alarm_.get(), &one, sizeof one));
}

} // namespace manager::transport::openssh
