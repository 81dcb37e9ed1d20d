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

    trust::PrivateKey take(const std::filesystem::path& file)
    {
        const std::lock_guard lock(mutex_);
        if (problem_)
            throw Error(*problem_);
        if (!key_)
            throw Error(Trouble::denied, "wrong passphrase for the key " + file.string(),
                        "run again, or ssh-add " + file.string());
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

} // namespace

trust::PrivateKey decrypt_by_ssh_add(const std::filesystem::path& file, const trust::Ask& ask)
{
    const std::optional<std::string> program = common::os::find_program("ssh-add");
    if (!program)
        throw Error(Trouble::invalid,
                    "the key " + file.string() + " needs ssh-add to be opened, which is not here",
                    "apt-get install openssh-client");
    const PrivateFolder folder;
    Receiver receiver("Passphrase of " + file.string() + ": ", ask);
    Desk desk(
        folder / "desk", [&](const auto&) { return receiver.answer_question(); },
        {{folder / "agent", [&](std::string_view request) { return receiver.answer_request(request); }}});
    std::vector<std::string> environment = common::os::clean_environment();
    for (const std::string& entry :
         {"SSH_AUTH_SOCK=" + (folder / "agent").string(), "SOAPSTONE_DESK=" + (folder / "desk").string(),
          "SSH_ASKPASS=" + process::own_program("soapstone-askpass"),
          std::string("SSH_ASKPASS_REQUIRE=force")})
        environment.push_back(entry);
    process::Child child(
        {{*program, "-q", "-k", "--", std::filesystem::absolute(file).string()}, environment});
    desk.open(child.pid());
    child.wait(common::Deadline::in(human_limit));
    return receiver.take(file);
}

} // namespace manager::transport::openssh
