#include "manager/transport/openssh/desk.hpp"

#include "common/error.hpp"
#include "common/secret.hpp"
#include "common/text.hpp"
#include "manager/trust/wire.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace manager::transport::openssh {

using common::os::Descriptor;

namespace {

constexpr std::size_t most_heard = 256 << 10; // bytes of one question or request
constexpr std::size_t most_callers = 64;

Descriptor listen_at(const std::filesystem::path& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.native().size() >= sizeof address.sun_path)
        throw common::Error(common::Trouble::defect, "too long a path for a socket: " + path.string());
    std::memcpy(address.sun_path, path.c_str(), path.native().size());
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::chmod(path.c_str(), 0600) != 0 || ::listen(socket.get(), 16) != 0)
        throw common::system_error("listening at " + path.string());
    return socket;
}

/// True when the process at the other end is this user's and belongs to `session`.
bool is_of(pid_t session, int socket)
{
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid() &&
           ::getsid(peer.pid) == session;
}

/// Short answers to a peer that waits for them: they fit into the socket.
bool send_all(int socket, std::string_view bytes)
{
    return ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

} // namespace

std::string answer_with(const common::Secret& secret)
{
    std::string answer;
    answer.reserve(secret.size() + 2);
    answer += '+';
    answer += secret.reveal();
    answer += '\n';
    return answer;
}

Desk::Desk(const std::filesystem::path& socket, Answer answer, std::vector<Agent> agents)
    : answer_(std::move(answer)), agents_(std::move(agents)), stop_(::eventfd(0, EFD_CLOEXEC))
{
    listeners_.push_back(listen_at(socket));
    for (const Agent& agent : agents_)
        listeners_.push_back(listen_at(agent.socket));
}

Desk::~Desk()
{
    const std::uint64_t one = 1;
    static_cast<void>(!::write(stop_.get(), &one, sizeof one));
    if (thread_.joinable())
        thread_.join();
}

void Desk::open(pid_t session)
{
    session_ = session;
    thread_ = std::thread([this] { serve(); });
}

void Desk::serve()
{
    for (;;) {
        std::vector<pollfd> waiting{{stop_.get(), POLLIN, 0}};
        for (const Descriptor& listener : listeners_)
            waiting.push_back({listener.get(), POLLIN, 0});
        for (const Caller& caller : callers_)
            waiting.push_back({caller.waits ? -1 : caller.socket.get(), POLLIN, 0});
        if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR)
            return;
        if (waiting[0].revents != 0)
            return;
        const std::size_t first = 1 + listeners_.size();
        for (std::size_t i = waiting.size(); i-- > first;)
            if (waiting[i].revents != 0 && !hear(callers_[i - first]))
                callers_.erase(callers_.begin() + static_cast<std::ptrdiff_t>(i - first));
        for (std::size_t i = 0; i < listeners_.size(); ++i)
            if (waiting[1 + i].revents != 0)
                admit(i);
    }
}

void Desk::admit(std::size_t listener)
{
    Descriptor socket(::accept4(listeners_[listener].get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (socket && is_of(session_, socket.get()) && callers_.size() < most_callers)
        callers_.push_back({std::move(socket), listener, {}, false});
}

/// False when the caller has got what it wanted, or is gone.
bool Desk::hear(Caller& caller)
{
    char buffer[16 << 10];
    const ssize_t got = ::read(caller.socket.get(), buffer, sizeof buffer);
    if (got < 0)
        return errno == EINTR;
    if (got == 0)
        return caller.at == 0 && answer_question(caller);
    caller.heard.append(buffer, static_cast<std::size_t>(got));
    if (caller.heard.size() > most_heard)
        return false;
    return caller.at == 0 || answer_requests(caller);
}

bool Desk::answer_question(Caller& caller)
{
    std::vector<std::string> words = common::split(caller.heard, '\0');
    words.pop_back(); // each ends with a zero byte
    std::optional<std::string> answer = answer_(words);
    if (answer) {
        send_all(caller.socket.get(), *answer);
        common::wipe(*answer);
    }
    caller.waits = !answer;
    return caller.waits;
}

bool Desk::answer_requests(Caller& caller)
{
    for (;;) {
        trust::wire::Reader reader(caller.heard);
        const std::optional<std::string_view> request = reader.string();
        if (!request)
            return true; // not all of it is here yet
        const std::string answer = agents_[caller.at - 1].answer(*request);
        if (!send_all(caller.socket.get(), trust::wire::string(answer)))
            return false;
        const std::size_t done = caller.heard.size() - reader.rest().size();
        explicit_bzero(caller.heard.data(), done); // a request may hold a private key
        caller.heard.erase(0, done);
    }
}

} // namespace manager::transport::openssh
