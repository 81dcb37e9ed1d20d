#include "manager/transport/openssh/decrypt.hpp"

#include "common/error.hpp"
#include "common/os/process.hpp"
#include "manager/transport/openssh/desk.hpp"
#include "manager/transport/openssh/private_folder.hpp"
#include "manager/transport/process/child.hpp"
#include "manager/transport/process/own_program.hpp"
#include "manager/trust/openssh_container.hpp"
#include "manager/trust/wire.hpp"

#include <mutex>
#include <sys/socket.h>

namespace manager::transport::openssh {

using common::Error;
using common::Trouble;

namespace {

// RFC draft-miller-ssh-agent
constexpr std::uint8_t add_request = 17;
const std::string failure(1, 5);
const std::string success(1, 6);

constexpr std::chrono::minutes human_limit{10};

/// Asks for the passphrase and takes the key. Called by the desk's thread until ssh-add has ended.
class Receiver {
public:
    Receiver(std::string question, const trust::Ask& ask) : question_(std::move(question)), ask_(ask) {}

    std::optional<std::string> answer_question()
    {
        const std::lock_guard lock(mutex_);
        if (asked_)
            return "-"; // the passphrase was wrong
        asked_ = true;
        try {
            return answer_with(ask_(question_));
        } catch (const Error& error) {
            problem_ = error;
            return "-";
        }
    }

    std::string answer_request(std::string_view request)
    {
        trust::wire::Reader reader(request);
        const std::lock_guard lock(mutex_);
        if (reader.byte() != add_request)
            return failure;
        try {
            key_ = trust::take_private_key(reader);
            return success;
        } catch (const Error& error) {
            problem_ = error;
            return failure;
        }
    }

    trust::PrivateKey take(const std::string& name)
    {
        const std::lock_guard lock(mutex_);
        if (problem_)
            throw Error(*problem_);
        if (!key_)
            throw Error(Trouble::denied, "wrong passphrase for the key " + name,
                        "run again, or ssh-add " + name);
        return std::move(key_);
    }

private:
    std::mutex mutex_;
    std::string question_;
    const trust::Ask& ask_;
    bool asked_ = false;
    trust::PrivateKey key_;
    std::optional<Error> problem_;
};

/// A child that has ended takes no more: that is told by its not having handed over the key.
void give(const process::Child& child, std::string_view text)
{
    const int stream = child.stream().get();
    while (!text.empty()) {
        const ssize_t sent = ::send(stream, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent < 0)
            break; // a key fits the socket's buffer
        text.remove_prefix(static_cast<std::size_t>(sent));
    }
    ::shutdown(stream, SHUT_WR);
}

} // namespace

trust::PrivateKey decrypt_by_ssh_add(const trust::KeyText& key, const trust::Ask& ask)
{
    const std::optional<std::string> program = common::os::find_program("ssh-add");
    if (!program)
        throw Error(Trouble::invalid,
                    "the key " + key.name() + " needs ssh-add to be opened, which is not here",
                    "apt-get install openssh-client");
    const PrivateFolder folder;
    Receiver receiver("Passphrase of " + key.name() + ": ", ask);
    Desk desk(
        folder / "desk", [&](const auto&) { return receiver.answer_question(); },
        {{folder / "agent", [&](std::string_view request) { return receiver.answer_request(request); }}});
    std::vector<std::string> environment = common::os::clean_environment();
    for (const std::string& entry :
         {"SSH_AUTH_SOCK=" + (folder / "agent").string(), "SOAPSTONE_DESK=" + (folder / "desk").string(),
          "SSH_ASKPASS=" + process::own_program("soapstone-askpass"),
          std::string("SSH_ASKPASS_REQUIRE=force")})
        environment.push_back(entry);
    process::Child child({{*program, "-q", "-k", "-"}, environment});
    desk.open(child.pid());
    give(child, key.text().reveal());
    child.wait(common::Deadline::in(human_limit));
    return receiver.take(key.name());
}

} // namespace manager::transport::openssh
