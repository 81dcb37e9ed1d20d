#include "manager/transport/local/local_connector.hpp"

#include "common/error.hpp"
#include "common/os/process.hpp"
#include "manager/transport/local/child.hpp"

#include <cerrno>
#include <optional>
#include <poll.h>
#include <sys/socket.h>

namespace manager::transport::local {

using common::Deadline;
using common::Error;
using common::Trouble;

namespace {

bool try_again(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

class LocalChannel final : public shell::Channel {
public:
    explicit LocalChannel(const std::string& command) : child_(command) {}

    shell::Progress exchange(std::string_view offered, Deadline deadline) override
    {
        shell::Progress progress;
        for (;;) {
            progress.sent = write_some(offered);
            const bool output = read_some(child_.output(), progress.output);
            const bool problems = read_some(child_.problems(), progress.problems);
            progress.ended = !child_.output() && !child_.problems();
            if (progress.sent > 0 || output || problems || progress.ended)
                return progress;
            wait(!offered.empty(), deadline);
        }
    }

    void end_input(Deadline) override { child_.input().close(); }

    int status(Deadline deadline) override { return child_.wait(deadline); }

private:
    std::size_t write_some(std::string_view bytes)
    {
        if (bytes.empty() || !child_.input())
            return 0;
        const ssize_t put = ::send(child_.input().get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (put < 0 && !try_again(errno))
            child_.input().close(); // it has closed its input; why, its output will tell
        return put < 0 ? 0 : static_cast<std::size_t>(put);
    }

    /// True when something came. Closes the stream at its end.
    static bool read_some(common::os::Descriptor& stream, std::string& text)
    {
        if (!stream)
            return false;
        char buffer[16 << 10];
        const ssize_t got = ::read(stream.get(), buffer, sizeof buffer);
        if (got > 0)
            text.append(buffer, static_cast<std::size_t>(got));
        else if (got == 0 || !try_again(errno))
            stream.close();
        return got > 0;
    }

    void wait(bool to_write, Deadline deadline)
    {
        pollfd streams[] = {{child_.output().get(), POLLIN, 0},
                            {child_.problems().get(), POLLIN, 0},
                            {to_write ? child_.input().get() : -1, POLLOUT, 0}};
        if (deadline.passed())
            throw Error(Trouble::unreachable, "no answer in time");
        static_cast<void>(::poll(streams, std::size(streams), static_cast<int>(deadline.left().count())));
    }

    Child child_;
};

} // namespace

std::unique_ptr<shell::Channel> LocalConnector::open(const std::string& command, Deadline)
{
    return std::make_unique<LocalChannel>(command);
}

} // namespace manager::transport::local
