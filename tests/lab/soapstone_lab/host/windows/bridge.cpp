// Runs in a Windows-like lab host: carries the service manager's pipe to whoever connects to a port of
// loopback (svcctl.py does). That it runs at all keeps wine's session alive, and with it every service.
// Besides it does what wine's service manager leaves out (upkeep.hpp).
// Each message of the pipe goes over TCP behind its length, 4 bytes little-endian.
// usage: bridge.exe PORT

#include "upkeep.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>
#include <winsock2.h>

namespace {

constexpr wchar_t pipe_name[] = L"\\\\.\\pipe\\svcctl";
constexpr DWORD patience = 5'000; // ms for an instance of the pipe to become free
constexpr std::size_t longest = 65'536;

using Message = std::vector<char>;

struct CloseIt {
    void operator()(HANDLE handle) const noexcept { CloseHandle(handle); }
};
using Handle = std::unique_ptr<void, CloseIt>;

[[noreturn]] void die(const std::string& doing, int error)
{
    std::cerr << "bridge: " << doing << ": error " << error << std::endl;
    std::exit(1);
}

/// One TCP connection. One thread may send while another receives.
class Line {
public:
    explicit Line(SOCKET socket) : socket_(socket)
    {
        const BOOL on = TRUE; // a message must not wait for the answer to the one before
        setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, reinterpret_cast<const char*>(&on), sizeof on);
    }
    ~Line() { closesocket(socket_); }
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

    /// False once the other side is gone, as for the calls below.
    bool receive(Message& message)
    {
        std::uint32_t length = 0;
        if (!receive(reinterpret_cast<char*>(&length), sizeof length) || length > longest)
            return false;
        message.resize(length);
        return receive(message.data(), message.size());
    }

    bool send(const Message& message)
    {
        const auto length = static_cast<std::uint32_t>(message.size());
        Message framed(sizeof length + message.size());
        std::memcpy(framed.data(), &length, sizeof length);
        std::memcpy(framed.data() + sizeof length, message.data(), message.size());
        for (std::size_t sent = 0; sent < framed.size();) {
            const int now = ::send(socket_, framed.data() + sent, static_cast<int>(framed.size() - sent), 0);
            if (now <= 0)
                return false;
            sent += static_cast<std::size_t>(now);
        }
        return true;
    }

    /// Ends the connection; whoever receives gets false.
    void hang_up() { shutdown(socket_, SD_BOTH); }

private:
    bool receive(char* to, std::size_t wanted)
    {
        while (wanted > 0) {
            const int now = recv(socket_, to, static_cast<int>(wanted), 0);
            if (now <= 0)
                return false;
            to += now;
            wanted -= static_cast<std::size_t>(now);
        }
        return true;
    }

    SOCKET socket_;
};

/// One instance of the service manager's pipe. One thread may write while another reads.
class Pipe {
public:
    Pipe()
    {
        WaitNamedPipeW(pipe_name, patience);
        HANDLE opened = CreateFileW(pipe_name, GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING,
                                    FILE_FLAG_OVERLAPPED, nullptr);
        if (opened == INVALID_HANDLE_VALUE)
            return;
        handle_.reset(opened);
        DWORD mode = PIPE_READMODE_MESSAGE;
        SetNamedPipeHandleState(opened, &mode, nullptr, nullptr);
    }

    bool opened() const { return handle_ != nullptr; }

    /// False once the service manager has closed the pipe, as for write().
    bool read(Message& message)
    {
        message.resize(longest);
        Overlapped now;
        DWORD length = 0;
        const bool begun = ReadFile(handle_.get(), message.data(), longest, nullptr, &now.state) != 0;
        if (!finish(now, begun, length))
            return false;
        message.resize(length);
        return true;
    }

    bool write(const Message& message)
    {
        Overlapped now;
        DWORD length = 0;
        const auto wanted = static_cast<DWORD>(message.size());
        return finish(now, WriteFile(handle_.get(), message.data(), wanted, nullptr, &now.state) != 0,
                      length);
    }

    /// Makes a read() that waits return false.
    void give_up() { CancelIoEx(handle_.get(), nullptr); }

private:
    struct Overlapped {
        Handle event{CreateEventW(nullptr, TRUE, FALSE, nullptr)};
        OVERLAPPED state{};
        Overlapped() { state.hEvent = event.get(); }
    };

    bool finish(Overlapped& now, bool begun, DWORD& length)
    {
        return (begun || GetLastError() == ERROR_IO_PENDING) &&
               GetOverlappedResult(handle_.get(), &now.state, &length, TRUE) != 0;
    }

    Handle handle_;
};

void carry(SOCKET accepted)
{
    Line line{accepted};
    Pipe pipe;
    if (!pipe.opened()) {
        std::cerr << "bridge: no pipe to the service manager: error " << GetLastError() << std::endl;
        return;
    }
    std::thread answers{[&] {
        Message message;
        while (pipe.read(message) && line.send(message))
            ;
        line.hang_up();
    }};
    Message message;
    while (line.receive(message) && pipe.write(message))
        ;
    pipe.give_up();
    answers.join();
}

SOCKET listen_on(u_short port)
{
    const SOCKET listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener, SOMAXCONN) != 0)
        die("port " + std::to_string(port), WSAGetLastError());
    return listener;
}

} // namespace

int main(int count, char** words)
{
    WSADATA data;
    if (count != 2 || WSAStartup(MAKEWORD(2, 2), &data) != 0)
        die("usage: bridge.exe PORT", 0);
    const SOCKET listener = listen_on(static_cast<u_short>(std::stoi(words[1])));
    std::thread{keep_up}.detach();
    for (;;) {
        const SOCKET accepted = accept(listener, nullptr, nullptr);
        if (accepted == INVALID_SOCKET)
            die("accept", WSAGetLastError());
        std::thread{carry, accepted}.detach();
    }
}
