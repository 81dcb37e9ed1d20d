#include "manager/transport/openssh/openssh_channel.hpp"

#include "common/os/file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <utility>

namespace manager::transport::openssh {

using common::Deadline;
using common::Error;
using common::Trouble;
using common::os::Open;

namespace {

constexpr std::size_t most_said = 16 << 10; // bytes kept of what ssh says
constexpr int failed = 255;                 // ssh's own exit code for "not the command's"

/// A named pipe; open for both, so that it never seems to be at its end.
common::os::Descriptor make_pipe(const std::filesystem::path& path)
{
    if (::mkfifo(path.c_str(), 0600) != 0)
        throw common::system_error("making " + path.string());
    return common::os::open_file(path, Open::read | Open::write | Open::no_wait);
}

process::Program program_of(const PrivateFolder& folder, const Start& start)
{
    return {{start.ssh, "-F", folder / "config", "-E", folder / "log", start.terminal ? "-tt" : "-T",
             target_alias, start.command},
            start.environment};
}

} // namespace

OpensshChannel::OpensshChannel(std::unique_ptr<PrivateFolder> folder, std::unique_ptr<Clerk> clerk,
                               std::vector<Desk::Agent> agents, const Start& start)
    : folder_(std::move(folder)), log_(make_pipe(*folder_ / "log")), clerk_(std::move(clerk)),
      desk_(
          start.socket, [this](const auto& words) { return clerk_->answer(words); }, std::move(agents)),
      process_(program_of(*folder_, start), {log_.get(), clerk_->alarm()})
{
    desk_.open(process_.pid());
}

void OpensshChannel::hear_ssh()
{
    char buffer[4096];
    for (;;) {
        const ssize_t got = ::read(log_.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        said_.append(buffer, static_cast<std::size_t>(got));
    }
    if (said_.size() > most_said)
        said_.erase(0, said_.size() - most_said);
}

void OpensshChannel::wait_for_login(const login::RefusedLogin& login, Deadline deadline)
{
    while (!logged_in_) {
        shell::Progress progress;
        try {
            progress = process_.exchange({}, deadline);
        } catch (const Error&) {
            process_.kill(); // nothing of ours runs on the target yet that would need a moment to clean up
            throw;
        }
        hear_ssh();
        early_.output += progress.output;
        early_.problems += progress.problems;
        early_.ended = progress.ended;
        logged_in_ = !early_.output.empty() || said_.find("Authenticated to ") != std::string::npos;
        const Clerk::Notes notes = clerk_->notes();
        const bool stuck = notes.objection || notes.unanswered || notes.refused_password;
        if (stuck || (progress.ended && !logged_in_))
            give_up(login);
    }
    keep_end_of(early_.problems);
    early_.problems.clear(); // a banner of the server's, and what the ssh on a jump host said
}

/// Ends the login: says why, from what the clerk knows and what ssh has said.
void OpensshChannel::give_up(login::RefusedLogin login)
{
    const Clerk::Notes notes = clerk_->notes();
    if (!early_.ended)
        process_.kill(); // it waits for an answer that it will not get
    if (notes.objection)
        throw Error(*notes.objection);
    if (notes.gave_password)
        login.tried.emplace_back("the password");
    if (notes.unanswered)
        login.notes.push_back("the server also asks \"" + *notes.unanswered +
                              "\", which only a human can answer");
    if (notes.unanswered || notes.refused_password)
        throw login::error_of(login);
    const int status = process_.status(Deadline::in(std::chrono::seconds(2)));
    hear_ssh();
    login.half_way = said_.find("Authenticated using ") != std::string::npos;
    throw_refusal({said_, early_.problems}, status, login);
}

shell::Progress OpensshChannel::exchange(std::string_view offered, Deadline deadline)
{
    const bool early = !early_.output.empty() || early_.ended;
    shell::Progress progress = early ? std::exchange(early_, {}) : process_.exchange(offered, deadline);
    hear_ssh();
    keep_end_of(progress.problems);
    if (progress.ended && process_.status(deadline) == failed) {
        hear_ssh();
        const std::string reason = reason_of_break(said_, last_problems_);
        if (!reason.empty())
            throw Error(Trouble::unreachable, "the line to the SSH server broke: " + reason,
                        "try again; if it stays so, look at the network and at the server's log");
    }
    return progress;
}

void OpensshChannel::keep_end_of(const std::string& problems)
{
    constexpr std::size_t most = 1024; // bytes; enough for ssh's last line, with the name of a host in it
    last_problems_ += problems;
    if (last_problems_.size() > most)
        last_problems_.erase(0, last_problems_.size() - most);
}

} // namespace manager::transport::openssh
