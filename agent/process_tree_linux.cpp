#include "agent/child_linux.hpp"
#include "agent/descendants_linux.hpp"
#include "agent/process_tree.hpp"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

namespace agent {

struct ProcessTree::Inside {
    Drain& drain;
    pid_t installer = 0;
    bool ended = false;

    void signal(int number) const
    {
        ::kill(-installer, number);
        for (const pid_t pid : descendants(::getpid(), drain.pid()))
            ::kill(pid, number);
    }
    void reap() const { reap_orphans(ended ? std::nullopt : std::optional(installer)); }
};

ProcessTree::ProcessTree(Drain& drain) : inside_(std::make_unique<Inside>(Inside{drain}))
{
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &children, nullptr); // pause() waits for it
    adopt_orphans();
}

ProcessTree::~ProcessTree() = default;

int ProcessTree::start(const installer::Command& command, const std::filesystem::path& folder, int lock)
{
    const Started started = start_installer(command, folder, inside_->drain.input(), lock);
    inside_->installer = started.pid;
    return started.error;
}

bool ProcessTree::has_ended(installer::Ending& ending)
{
    int raw = 0;
    if (inside_->ended || ::waitpid(inside_->installer, &raw, WNOHANG) != inside_->installer)
        return inside_->ended;
    inside_->ended = true;
    if (WIFSIGNALED(raw))
        ending.signal = WTERMSIG(raw);
    else
        ending.code = WEXITSTATUS(raw);
    return true;
}

bool ProcessTree::is_gone()
{
    const bool gone = inside_->ended && descendants(::getpid(), inside_->drain.pid()).empty();
    inside_->reap(); // afterwards: nothing that has just died is to stay as a zombie
    return gone;
}

bool ProcessTree::ask_to_end()
{
    inside_->signal(SIGTERM);
    return true;
}

void ProcessTree::kill()
{
    inside_->signal(SIGKILL);
}

void ProcessTree::pause(std::chrono::milliseconds time)
{
    inside_->reap();
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    const timespec limit{0, std::chrono::nanoseconds(time).count()};
    ::sigtimedwait(&children, nullptr, &limit);
}

} // namespace agent
