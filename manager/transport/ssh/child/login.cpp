#include "manager/transport/ssh/child/login.hpp"

#include "common/text.hpp"
#include "manager/transport/login/refused_login.hpp"
#include "manager/transport/ssh/child/interactive_login.hpp"
#include "manager/transport/ssh/child/key_login.hpp"

#include <algorithm>

namespace manager::transport::ssh::child {

using common::Deadline;
using common::Error;
using common::Trouble;

namespace {

bool lost(int error)
{
    return error == LIBSSH2_ERROR_SOCKET_RECV || error == LIBSSH2_ERROR_SOCKET_SEND ||
           error == LIBSSH2_ERROR_SOCKET_DISCONNECT;
}

class Login {
public:
    Login(const Session& session, const control::Task& task, ManagerQuestions& manager, Deadline deadline)
        : session_(session), task_(task), manager_(manager), deadline_(deadline)
    {
    }

    void run()
    {
        if (!ask_methods())
            return; // the server demands nothing
        if (offers("publickey") && by_keys())
            return;
        // The list is from before the keys; a key that was right may have opened the way to a second step.
        if ((offers("password") || half_way_) && by_password())
            return;
        if ((offers("keyboard-interactive") || half_way_) && !password_wrong_ && by_prompt())
            return;
        refused();
    }

private:
    /// False when the login is complete without any proof.
    bool ask_methods()
    {
        const char* list = session_.finish(deadline_, [&] {
            return libssh2_userauth_list(session_.get(), task_.user.data(),
                                         static_cast<unsigned>(task_.user.size()));
        });
        if (list == nullptr && libssh2_userauth_authenticated(session_.get()) != 0)
            return false;
        if (list == nullptr)
            session_.fail(Trouble::unreachable, "asking the SSH server how to log in");
        methods_ = common::split(list, ',');
        return true;
    }

    bool offers(std::string_view method) const
    {
        return std::find(methods_.begin(), methods_.end(), method) != methods_.end();
    }

    bool by_keys()
    {
        for (std::size_t key = 0; key < task_.keys.size(); ++key) {
            const control::OfferedKey& offered = task_.keys[key];
            for (std::size_t number = 0; number < offered.offers.size(); ++number) {
                const Attempt attempt{key, number, offered.offers[number]};
                if (judge(log_in_with_key(session_, task_.user, attempt, manager_, deadline_)))
                    return true;
                if (half_way_)
                    return false;
            }
            tried_.push_back("the key " + offered.name);
        }
        return false;
    }

    bool by_password()
    {
        if (!task_.has_password)
            return false;
        const std::string_view password = manager_.password().reveal();
        const bool done = judge(session_.finish(deadline_, [&] {
            return libssh2_userauth_password_ex(session_.get(), task_.user.data(),
                                                static_cast<unsigned>(task_.user.size()), password.data(),
                                                static_cast<unsigned>(password.size()), nullptr);
        }));
        tried_.emplace_back("the password");
        password_wrong_ = !done && offers("password");
        return done;
    }

    bool by_prompt()
    {
        if (!task_.has_password)
            return false;
        const Interaction interaction = log_in_by_prompt(session_, task_.user, manager_, deadline_);
        if (judge(interaction.error))
            return true;
        tried_.emplace_back("the password at the server's prompt");
        if (!interaction.unanswered.empty())
            skipped_ =
                "the server also asks \"" + interaction.unanswered + "\", which only a human can answer";
        return false;
    }

    /// True when the login is complete. An error of the line ends it.
    bool judge(int error)
    {
        if (libssh2_userauth_authenticated(session_.get()) != 0)
            return true;
        // libssh2 takes two things for a bad signature: a line that breaks meanwhile, and the partial success
        // of a server that wants two proofs.
        if (lost(error) || (error == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED && session_.is_cut()))
            throw Error(Trouble::denied,
                        "the SSH server hung up during the login of " + task_.user + after_tries(),
                        "it may allow fewer tries (MaxAuthTries), or not this user (AllowUsers)");
        half_way_ = half_way_ || error == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED;
        return false;
    }

    std::string after_tries() const { return tried_.empty() ? "" : " after " + common::join(tried_, ", "); }

    [[noreturn]] void refused() const
    {
        std::vector<std::string> notes = task_.skipped;
        if (!skipped_.empty())
            notes.push_back(skipped_);
        throw login::error_of({task_.user, tried_, methods_, notes, half_way_, task_.has_password});
    }

    const Session& session_;
    const control::Task& task_;
    ManagerQuestions& manager_;
    Deadline deadline_;
    std::vector<std::string> methods_;
    std::vector<std::string> tried_;
    std::string skipped_;
    bool half_way_ = false;
    bool password_wrong_ = false;
};

} // namespace

void log_in(const Session& session, const control::Task& task, ManagerQuestions& manager, Deadline deadline)
{
    Login(session, task, manager, deadline).run();
}

} // namespace manager::transport::ssh::child
