// Clients of an HTTPS server that each send one request after the other over a connection that is kept.
// usage: api_load calls ADDRESS PORT CLIENTS SECONDS FILE    as many calls as go
//        api_load idle ADDRESS PORT CLIENTS FILE             one call each, a rest until a line comes, one
//        more
//        api_load wait ADDRESS PORT CLIENTS FILE             one call each whose answer takes its time; a
//                                                            line comes, then the answers
// FILE holds the request as it goes over the line (no word of it is in the arguments: it has a token).
// Prints a line of JSON after each step. Only answers with 200 count as calls.
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <netinet/tcp.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what)
{
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

double seconds_since(Clock::time_point begin)
{
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
};
struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeContext>;

/// One connection: connected and past its handshake when it is made.
class Client {
public:
    Client(SSL_CTX* context, const sockaddr_in& server)
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        if (socket_ < 0)
            fail("making a socket");
        if (::connect(socket_, reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0)
            fail("connecting");
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ssl_.reset(SSL_new(context));
        SSL_set_fd(ssl_.get(), socket_);
        if (SSL_connect(ssl_.get()) != 1)
            fail("shaking hands");
    }
    ~Client()
    {
        ssl_.reset();
        ::close(socket_);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    int socket() const { return socket_; }
    void stop_blocking() { ::fcntl(socket_, F_SETFL, O_NONBLOCK); }
    Clock::time_point begun() const { return begun_; }

    void ask(const std::string& request)
    {
        begun_ = Clock::now();
        answer_.clear();
        if (SSL_write(ssl_.get(), request.data(), static_cast<int>(request.size())) !=
            static_cast<int>(request.size())) // small ones always fit
            throw std::runtime_error("the request could not be sent");
    }

    /// Takes what has come; true when the answer is whole. Waits for it where the socket does.
    bool hear()
    {
        char piece[16 << 10];
        for (;;) {
            const int got = SSL_read(ssl_.get(), piece, sizeof piece);
            if (got <= 0 && SSL_get_error(ssl_.get(), got) == SSL_ERROR_WANT_READ)
                return false;
            if (got <= 0)
                throw std::runtime_error("the server closed a connection");
            answer_.append(piece, static_cast<std::size_t>(got));
            if (is_whole())
                return true;
        }
    }

    bool is_good() const { return answer_.compare(0, 13, "HTTP/1.1 200 ") == 0; }
    std::size_t size() const { return answer_.size(); }

private:
    bool is_whole() const
    {
        constexpr std::string_view length_field = "\ncontent-length:";
        const std::size_t head = answer_.find("\r\n\r\n");
        if (head == std::string::npos)
            return false;
        const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
        const auto end = answer_.begin() + static_cast<std::ptrdiff_t>(head);
        auto found = std::search(answer_.begin(), end, length_field.begin(), length_field.end(), same);
        if (found == end)
            throw std::runtime_error("an answer tells no length");
        found += static_cast<std::ptrdiff_t>(length_field.size());
        while (*found == ' ')
            ++found;
        std::size_t length = 0;
        std::from_chars(&*found, answer_.data() + head, length);
        return answer_.size() >= head + 4 + length;
    }

    int socket_;
    std::unique_ptr<SSL, FreeSsl> ssl_;
    std::string answer_;
    Clock::time_point begun_;
};

using Clients = std::vector<std::unique_ptr<Client>>;

/// Does work(i) for all i < count in some threads; throws what the first one threw.
template <typename Work>
void in_threads(std::size_t count, Work work)
{
    constexpr std::size_t most = 8;
    std::atomic<std::size_t> next{0};
    std::atomic<bool> failed{false};
    std::string why;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < std::min(most, count); ++i)
        threads.emplace_back([&] {
            try {
                for (std::size_t mine = next++; mine < count && !failed; mine = next++)
                    work(mine);
            } catch (const std::exception& error) {
                if (!failed.exchange(true))
                    why = error.what();
            }
        });
    for (std::thread& thread : threads)
        thread.join();
    if (failed)
        throw std::runtime_error(why);
}

/// Connected clients that have made one call each, and have its answer if it is `answered` at once.
Clients connect_all(SSL_CTX* context, const sockaddr_in& server, std::size_t count,
                    const std::string& request, bool answered)
{
    Clients clients(count);
    in_threads(count, [&](std::size_t i) {
        clients[i] = std::make_unique<Client>(context, server);
        clients[i]->ask(request);
        if (!answered)
            return;
        clients[i]->hear();
        if (!clients[i]->is_good())
            throw std::runtime_error("the server refuses the request");
    });
    return clients;
}

double at(const std::vector<double>& sorted, double share)
{
    return sorted.empty() ? 0
                          : sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

double own_cpu()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void make_calls(Clients& clients, const std::string& request, double seconds)
{
    const int poll = ::epoll_create1(EPOLL_CLOEXEC);
    for (const auto& client : clients) {
        client->stop_blocking();
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = client.get();
        if (::epoll_ctl(poll, EPOLL_CTL_ADD, client->socket(), &event) != 0)
            fail("watching a socket");
    }
    std::vector<double> times; // ms
    std::size_t bad = 0;
    std::size_t bytes = 0; // of an answer with its head
    const double cpu = own_cpu();
    const auto begin = Clock::now();
    for (const auto& client : clients)
        client->ask(request);
    while (seconds_since(begin) < seconds) {
        epoll_event events[64];
        const int count = ::epoll_wait(poll, events, 64, 100);
        for (int i = 0; i < count; ++i) {
            auto& client = *static_cast<Client*>(events[i].data.ptr);
            if (!client.hear())
                continue;
            bytes = client.size();
            if (client.is_good())
                times.push_back(seconds_since(client.begun()) * 1e3);
            else
                ++bad;
            client.ask(request);
        }
    }
    const double took = seconds_since(begin);
    std::sort(times.begin(), times.end());
    std::cout << "{\"calls\": " << times.size() << ", \"bad\": " << bad << ", \"seconds\": " << took
              << ", \"p50\": " << at(times, 0.5) << ", \"p99\": " << at(times, 0.99)
              << ", \"client_cpu\": " << own_cpu() - cpu << ", \"bytes\": " << bytes << "}" << std::endl;
    ::close(poll);
}

/// Waits for an answer over each connection, to one more call if there is a `request`; tells how many are
/// good.
void take_answers(Clients& clients, const std::optional<std::string>& request)
{
    std::atomic<std::size_t> good{0};
    in_threads(clients.size(), [&](std::size_t i) {
        try {
            if (request)
                clients[i]->ask(*request);
            clients[i]->hear();
            good += clients[i]->is_good() ? 1 : 0;
        } catch (const std::runtime_error&) { // counted as not good
        }
    });
    std::cout << "{\"good\": " << good << "}" << std::endl;
}

int run(const std::vector<std::string>& words)
{
    const bool waiting = words[0] == "wait";
    const auto begin = Clock::now();
    const std::size_t count = std::stoul(words[3]);
    std::ifstream file(words.back(), std::ios::binary);
    const std::string request((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    sockaddr_in server{};
    server.sin_family = AF_INET;
    server.sin_port = htons(static_cast<std::uint16_t>(std::stoul(words[2])));
    ::inet_pton(AF_INET, words[1].c_str(), &server.sin_addr);
    const TlsContext context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
    SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
    Clients clients = connect_all(context.get(), server, count, request, !waiting);
    std::cout << "{\"connected\": " << seconds_since(begin) << "}" << std::endl;
    if (words[0] == "calls") {
        make_calls(clients, request, std::stod(words[4]));
        return 0;
    }
    std::string line;
    std::getline(std::cin, line);
    take_answers(clients, waiting ? std::nullopt : std::optional(request));
    return 0;
}

} // namespace

int main(int count, char** given)
{
    const std::vector<std::string> words(given + 1, given + count);
    const bool fits = !words.empty() && ((words[0] == "calls" && words.size() == 6) ||
                                         ((words[0] == "idle" || words[0] == "wait") && words.size() == 5));
    if (!fits) {
        std::cerr << "usage: api_load calls ADDRESS PORT CLIENTS SECONDS FILE | (idle | wait) ADDRESS PORT "
                     "CLIENTS FILE\n";
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return run(words);
    } catch (const std::exception& error) {
        std::cerr << "api_load: " << error.what() << '\n';
        return 1;
    }
}
