#include "manager/transport/process/process_channel.hpp"

#include "common/error.hpp"

#include <algorithm>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace manager::transport::process {

using common::Deadline;
using common::Error;
using common::Trouble;

namespace {

bool try_again(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

enum class Got { nothing, bytes, end };

Got read_some(int stream, std::string& text)
{
    char buffer[16 << 10];
    const ssize_t got = ::read(stream, buffer, sizeof buffer);
    if (got > 0) {
        text.append(buffer, static_cast<std::size_t>(got));
        return Got::bytes;
    }
    return got == 0 || !try_again(errno) ? Got::end : Got::nothing;
}

} // namespace

shell::Progress ProcessChannel::exchange(std::string_view offered, Deadline deadline)
{
    shell::Progress progress;
    for (;;) {
        progress.sent = write_some(offered);
        const Got output = output_open_ ? read_some(child_.stream().get(), progress.output) : Got::nothing;
        output_open_ = output_open_ && output != Got::end;
        const Got problems =
            child_.problems() ? read_some(child_.problems().get(), progress.problems) : Got::nothing;
        if (problems == Got::end)
            child_.problems().close();
        progress.ended = !output_open_ && !child_.problems();
        if (progress.sent > 0 || output == Got::bytes || problems == Got::bytes || progress.ended)
            return progress;
        if (wait(!offered.empty(), deadline))
            return progress;
    }
}

std::size_t ProcessChannel::write_some(std::string_view bytes)
{
    if (bytes.empty() || !input_open_)
        return 0;
    const ssize_t put = ::send(child_.stream().get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put < 0 && !try_again(errno))
        input_open_ = false; // it reads no more; why, its output will tell
    return put < 0 ? 0 : static_cast<std::size_t>(put);
}

/// True when one of the watched descriptors can be read.
bool ProcessChannel::wait(bool to_write, Deadline deadline)
{
    if (deadline.passed())
        throw Error(Trouble::unreachable, "no answer in time");
    const int events = (output_open_ ? POLLIN : 0) | (to_write && input_open_ ? POLLOUT : 0);
    std::vector<pollfd> streams{{events != 0 ? child_.stream().get() : -1, static_cast<short>(events), 0},
                                {child_.problems() ? child_.problems().get() : -1, POLLIN, 0}};
    for (const int descriptor : watched_)
        streams.push_back({descriptor, POLLIN, 0});
    static_cast<void>(::poll(streams.data(), streams.size(), static_cast<int>(deadline.left().count())));
    return std::any_of(streams.begin() + 2, streams.end(),
                       [](const pollfd& one) { return one.revents != 0; });
}

} // namespace manager::transport::process
