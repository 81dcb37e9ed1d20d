#include "agent/drain.hpp"
#include "agent/output_log.hpp"
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

constexpr std::size_t most_tail = 16 << 10;
constexpr std::chrono::seconds last_call{1};
constexpr int most_starts = 3; // once the installer has ended

/// Keeps the last bytes of a stream.
class Tail {
public:
    void add(std::string_view bytes)
    {
        text_ += bytes.substr(bytes.size() - std::min(bytes.size(), most_tail));
        if (text_.size() > 4 * most_tail)
            text_.erase(0, text_.size() - most_tail);
    }
    std::string_view text() const
    {
        return std::string_view(text_).substr(text_.size() - std::min(text_.size(), most_tail));
    }

private:
    std::string text_;
};

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

struct Drain::Shared {
    std::uint64_t bytes;
    std::uint64_t dropped;
    std::size_t tail_size;
    char tail[most_tail];
};

void Drain::Unmap::operator()(Shared* shared) const noexcept
{
    ::munmap(shared, sizeof(Shared));
}

Drain::Drain(std::filesystem::path log, std::filesystem::path ring)
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

void Drain::start()
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

void Drain::live(Descriptor control)
{
    input_.close();
    control_.close();
    OutputLog file(log_, ring_);
    if (file.bytes() != 0)
        file.add("\n[soapstone: whoever kept this log was killed; a part may be missing here]\n");
    Tail tail;
    drain(source_.get(), control.get(), file, tail);
    file.finish();
    shared_->tail_size = tail.text().copy(shared_->tail, most_tail);
    shared_->bytes = file.bytes();
    shared_->dropped = file.dropped();
    ::_exit(0);
}

bool Drain::has_ended(int how)
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

void Drain::look()
{
    if (pid_ > 0 && !has_ended(WNOHANG))
        return;
    try {
        if (source_)
            start();
    } catch (const common::Error&) { // the next look tries again; until then the installer waits
    }
}

Drain::~Drain()
{
    control_.close();
    input_.close();
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
}

Drained Drain::finish()
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

} // namespace agent
