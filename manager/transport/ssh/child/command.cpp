#include "manager/transport/ssh/child/command.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace manager::transport::ssh::child {

using common::Deadline;
using common::Error;
using common::Trouble;

namespace {

/// The most that is sent ahead of what the command has read. OpenSSH's server would take 2 MiB, but copies
/// its buffer each time that it grows: an eighth of that costs it a fraction of the processor time.
constexpr std::size_t most_ahead = 256 << 10;

/// The number of the signal called `name` in RFC 4254 (without SIG); 0 when it has no number here.
int signal_number(std::string_view name)
{
    constexpr std::array<std::pair<std::string_view, int>, 11> signals{{{"HUP", 1},
                                                                        {"INT", 2},
                                                                        {"QUIT", 3},
                                                                        {"ILL", 4},
                                                                        {"ABRT", 6},
                                                                        {"FPE", 8},
                                                                        {"KILL", 9},
                                                                        {"SEGV", 11},
                                                                        {"PIPE", 13},
                                                                        {"ALRM", 14},
                                                                        {"TERM", 15}}};
    for (const auto& [text, number] : signals)
        if (text == name)
            return number;
    return 0;
}

} // namespace

Command::Command(const Session& session, const std::string& line, Deadline deadline)
    : session_(session), paced_(session.ident().starts_with("SSH-2.0-OpenSSH"))
{
    channel_.reset(session_.finish(deadline, [&] { return libssh2_channel_open_session(session_.get()); }));
    if (!channel_)
        session_.fail(Trouble::rejected, "opening a channel",
                      "the SSH server may allow no sessions (MaxSessions)");
    const int error = session_.finish(deadline, [&] {
        return libssh2_channel_process_startup(channel_.get(), "exec", 4, line.data(),
                                               static_cast<unsigned>(line.size()));
    });
    if (error != 0)
        session_.fail(Trouble::rejected, "starting a command",
                      "the SSH server may allow this login no commands (only file transfer, for example)");
}

std::size_t Command::room()
{
    const std::size_t window = libssh2_channel_window_write(channel_.get());
    widest_ = std::max(widest_, window);
    const std::size_t ahead = widest_ - window;
    return paced_ ? std::min(window, most_ahead - std::min(most_ahead, ahead)) : window;
}

std::size_t Command::write_some(std::string_view bytes)
{
    if (bytes.empty() || libssh2_channel_eof(channel_.get()) != 0)
        return 0;
    if (!writing_) // else the rest of a packet is to be sent, out of the same bytes
        bytes = bytes.substr(0, room());
    if (bytes.empty())
        return 0;
    const ssize_t put = libssh2_channel_write(channel_.get(), bytes.data(), bytes.size());
    writing_ = put == LIBSSH2_ERROR_EAGAIN;
    if (put >= 0)
        return static_cast<std::size_t>(put);
    // A command that has ended closes its channel; why it has ended, its output will tell.
    if (put != LIBSSH2_ERROR_EAGAIN && put != LIBSSH2_ERROR_CHANNEL_CLOSED &&
        put != LIBSSH2_ERROR_CHANNEL_EOF_SENT)
        session_.fail(Trouble::unreachable, "sending");
    return 0;
}

bool Command::read_some(int stream, std::string& text)
{
    char buffer[16 << 10];
    const ssize_t got = libssh2_channel_read_ex(channel_.get(), stream, buffer, sizeof buffer);
    if (got > 0)
        text.append(buffer, static_cast<std::size_t>(got));
    // While a packet of ours is half sent, libssh2 cannot send the word that there is room again, and calls
    // it bad use; it does so after the packet.
    const bool later = got == LIBSSH2_ERROR_EAGAIN || (got == LIBSSH2_ERROR_BAD_USE && writing_);
    if (got < 0 && !later)
        session_.fail(Trouble::unreachable, "receiving");
    return got > 0;
}

bool Command::end_input_some()
{
    const int error = libssh2_channel_send_eof(channel_.get());
    if (error != 0 && error != LIBSSH2_ERROR_EAGAIN && error != LIBSSH2_ERROR_CHANNEL_CLOSED)
        session_.fail(Trouble::unreachable, "ending the input");
    return error != LIBSSH2_ERROR_EAGAIN;
}

int Command::status(Deadline deadline)
{
    session_.finish(deadline, [&] { return libssh2_channel_close(channel_.get()); });
    session_.finish(deadline, [&] { return libssh2_channel_wait_closed(channel_.get()); });
    char* name = nullptr;
    std::size_t size = 0;
    libssh2_channel_get_exit_signal(channel_.get(), &name, &size, nullptr, nullptr, nullptr, nullptr);
    if (name == nullptr)
        return libssh2_channel_get_exit_status(channel_.get()) & 0xFF; // a server may send any number
    const int number = signal_number({name, size});
    libssh2_free(session_.get(), name);
    return 128 + number;
}

} // namespace manager::transport::ssh::child
