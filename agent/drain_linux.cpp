#include "agent/drain.hpp"
#include "agent/output_log.hpp"
#include "agent/tail.hpp"
#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/os/pipe.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace agent {

using common::Deadline;
using common::os::Descriptor;
using common::os::Pipe;

namespace {

constexpr std::chrono::seconds last_call{1};
constexpr int most_starts = 3; // once the installer has ended

/// The process's whole life: everything from `source` goes to `log`. A byte on `control` tells that the
/// installer ended. That `control` is closed without one means that the shim died: then only the end of the
/// output counts.
void drain(int source, int control, OutputLog& log, Tail& tail)
{
    std::array<pollfd, 2> waiting{pollfd{source, POLLIN, 0}, pollfd{control, POLLIN, 0}};
    std::optional<Deadline> end;
    static char buffer[64 << 10];
    for (;;) {
        const int limit = end ? static_cast<int>(end->left().count()) : -1;
        const int ready = ::poll(waiting.data(), waiting.size(), limit);
        if ((ready < 0 && errno != EINTR) || (end && end->passed()))
            return;
        if (ready <= 0)
            continue;
        if (waiting[1].revents != 0) {
            char told = 0;
            if (::read(control, &told, 1) == 1)
                end = Deadline::in(last_call);
            waiting[1].fd = -1;
        }
        if (waiting[0].revents == 0)
            continue;
        const ssize_t got = ::read(source, buffer, sizeof buffer);
        if (got == 0 || (got < 0 && errno != EINTR))
            return;
        const std::string_view bytes(buffer, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        log.add(bytes);
        tail.add(bytes);
    }
}

} // namespace

class Drain::Inside {
public:
    Inside(std::filesystem::path log, std::filesystem::path ring);
    ~Inside();
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

    pid_t pid() const { return pid_; }
    int input() const { return input_.get(); }
    void look();
    Drained finish();

private:
    struct Shared {
        std::uint64_t bytes;
        std::uint64_t dropped;
        std::size_t tail_size;
        char tail[Tail::most];
    };
    struct Unmap {
        void operator()(Shared* shared) const noexcept { ::munmap(shared, sizeof(Shared)); }
    };

    void start();
    bool has_ended(int how);
    [[noreturn]] void live(Descriptor control);

    const std::filesystem::path log_;
    const std::filesystem::path ring_;
    std::unique_ptr<Shared, Unmap> shared_; ///< memory that both processes see
    Descriptor source_;
    Descriptor input_;
    Descriptor control_;
    pid_t pid_ = 0;
};

Drain::Inside::Inside(std::filesystem::path log, std::filesystem::path ring)
    : log_(std::move(log)), ring_(std::move(ring))
{
    void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        throw common::system_error("getting memory");
    shared_.reset(new (memory) Shared{});
    Pipe output = common::os::make_pipe();
    source_ = std::move(output.read);
    input_ = std::move(output.write);
    start();
}

void Drain::Inside::start()
{
    Pipe control = common::os::make_pipe();
    const pid_t pid = ::fork();
    if (pid < 0)
        throw common::system_error("starting a process for the output");
    if (pid == 0) {
        control.write.close();
        live(std::move(control.read));
    }
    control_ = std::move(control.write);
    pid_ = pid;
}

void Drain::Inside::live(Descriptor control)
{
    input_.close();
    control_.close();
    OutputLog file(log_, ring_);
    if (file.bytes() != 0)
        file.tell_gap();
    Tail tail;
    drain(source_.get(), control.get(), file, tail);
    file.finish();
    shared_->tail_size = tail.text().copy(shared_->tail, Tail::most);
    shared_->bytes = file.bytes();
    shared_->dropped = file.dropped();
    ::_exit(0);
}

bool Drain::Inside::has_ended(int how)
{
    int status = 0;
    pid_t found = 0;
    while ((found = ::waitpid(pid_, &status, how)) < 0 && errno == EINTR) {
    }
    if (found == 0)
        return false;
    pid_ = 0;
    if (found > 0 && WIFEXITED(status))
        source_.close(); // all is read
    return true;
}

void Drain::Inside::look()
{
    if (pid_ > 0 && !has_ended(WNOHANG))
        return;
    try {
        if (source_)
            start();
    } catch (const common::Error&) { // the next look tries again; until then the installer waits
    }
}

Drain::Inside::~Inside()
{
    control_.close();
    input_.close();
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
}

Drained Drain::Inside::finish()
{
    input_.close();
    for (int attempt = 0; source_ && attempt < most_starts; ++attempt) {
        look();
        static_cast<void>(!::write(control_.get(), "e", 1)); // if it just died, the next one is told
        if (pid_ > 0)
            has_ended(0);
    }
    return {shared_->bytes, shared_->dropped, std::string(shared_->tail, shared_->tail_size)};
}

Drain::Drain(std::filesystem::path log, std::filesystem::path ring)
    : inside_(std::make_unique<Inside>(std::move(log), std::move(ring)))
{
}

Drain::~Drain() = default;

pid_t Drain::pid() const
{
    return inside_->pid();
}

int Drain::input() const
{
    return inside_->input();
}

void Drain::look()
{
    inside_->look();
}

Drained Drain::finish()
{
    return inside_->finish();
}

} // namespace agent
