#include "agent/drain.hpp"
#include "agent/output_log.hpp"
#include "common/clock.hpp"
#include "common/error.hpp"

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

namespace {

constexpr std::size_t most_tail = 16 << 10;
constexpr std::chrono::seconds last_call{1};

struct Pipe {
    Descriptor read;
    Descriptor write;
};

Pipe make_pipe()
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        throw common::system_error("making a pipe");
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

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

Drain::Drain(const std::filesystem::path& log, const std::filesystem::path& ring)
{
    void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        throw common::system_error("getting memory");
    shared_.reset(new (memory) Shared{});
    Pipe output = make_pipe();
    Pipe control = make_pipe();
    pid_ = ::fork();
    if (pid_ < 0)
        throw common::system_error("starting a process for the output");
    if (pid_ == 0) {
        output.write.close();
        control.write.close();
        OutputLog file(log, ring);
        Tail tail;
        drain(output.read.get(), control.read.get(), file, tail);
        file.finish();
        shared_->tail_size = tail.text().copy(shared_->tail, most_tail);
        shared_->bytes = file.bytes();
        shared_->dropped = file.dropped();
        ::_exit(0);
    }
    input_ = std::move(output.write);
    control_ = std::move(control.write);
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
    static_cast<void>(!::write(control_.get(), "e", 1)); // it died before: then there is nobody to tell
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return {shared_->bytes, shared_->dropped, std::string(shared_->tail, shared_->tail_size)};
}

} // namespace agent
