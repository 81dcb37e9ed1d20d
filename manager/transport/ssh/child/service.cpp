#include "manager/transport/ssh/child/service.hpp"

#include "manager/transport/ssh/child/confinement.hpp"
#include "manager/transport/ssh/child/login.hpp"

#include <openssl/crypto.h>

#include <new>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>

namespace manager::transport::ssh::child {

using common::Deadline;
using common::Error;
using common::Trouble;
using control::Word;

namespace {

constexpr std::chrono::hours patience{24}; // for the end of a command; the manager has its own limits

/// All that libraries want from files or the kernel, while they can still have it.
void set_up_libraries()
{
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
    if (libssh2_init(0) != 0)
        throw Error(Trouble::defect, "libssh2 cannot be set up");
}

/// The session is a member, so that the manager is told what went wrong before the server is taken leave of.
class Service {
public:
    explicit Service(HandedOver handed)
        : server_(std::move(handed.server)), manager_(std::move(handed.manager)), streams_(handed.streams)
    {
    }

    int run()
    {
        try {
            set_up_libraries();
            confine_if_built_so();
            greet();
            work();
            return 0;
        } catch (const control::TurnedAway& error) {
            return fail({error.trouble(), true, error.text(), error.hint()});
        } catch (const control::NoCommonAlgorithm& error) {
            return fail({error.trouble(), false, error.text(), error.hint(), true});
        } catch (const Error& error) {
            return fail({error.trouble(), false, error.text(), error.hint()});
        } catch (const std::bad_alloc&) {
            return fail({Trouble::rejected,
                         false,
                         "the SSH server sends more than soapstone-ssh has memory for",
                         {}});
        } catch (const ManagerGone&) {
            return 1;
        }
    }

private:
    static void confine_if_built_so()
    {
#ifdef SOAPSTONE_CONFINED
        confine();
#endif
    }

    void greet()
    {
        const control::Greeting greeting = control::read_greeting(expect(manager_, Word::greet));
        session_.emplace(std::move(server_), manager_.descriptor(), greeting.key_types,
                         Deadline::in(greeting.limit));
        const control::ShownKey shown{std::string(session_->host_key()), session_->ident()};
        tell(manager_, Word::host_key, encode(shown));
    }

    void work()
    {
        const control::Task task = control::read_task(expect(manager_, Word::log_in));
        const Deadline deadline = Deadline::in(task.command_limit);
        log_in_for(task, deadline.or_before(Deadline::in(task.login_limit)));
        Command command(*session_, task.command, deadline);
        tell(manager_, Word::started);
        Pump(*session_, command, streams_).run();
        tell(manager_, Word::output_ended);
        ::shutdown(streams_.output, SHUT_WR);
        ::close(streams_.problems);
        const int status = command.status(Deadline::in(patience));
        tell(manager_, Word::ended, control::encode_status(static_cast<std::uint32_t>(status)));
    }

    /// A password that was fetched is wiped before a byte of the command comes.
    void log_in_for(const control::Task& task, Deadline deadline)
    {
        ManagerQuestions questions(manager_);
        log_in(*session_, task, questions, deadline);
    }

    int fail(const control::Failure& failure)
    {
        try {
            tell(manager_, Word::failed, encode(failure));
        } catch (const ManagerGone&) { // then it does not want to know
        }
        return 1;
    }

    common::os::Descriptor server_; ///< until the session has it
    control::Line manager_;
    Streams streams_;
    std::optional<Session> session_;
};

} // namespace

int serve(HandedOver handed)
{
    return Service(std::move(handed)).run();
}

} // namespace manager::transport::ssh::child
