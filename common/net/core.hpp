#pragma once

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/os/descriptor.hpp"
#include "common/tls/context.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// The one HTTPS core that all listeners and clients of manager and agent share. This header knows no Boost;
/// how it works inside is the business of the .cpp files beside it.
namespace common::net {

/// Header fields in the order of their arrival; names are compared without regard to case.
class Headers {
public:
    /// Replaces fields of that name. Throws `defect` when a line end or the like is in one of the two.
    void set(std::string name, std::string value);
    /// Adds a field, whether there is one of that name or not. Throws as set().
    void add(std::string name, std::string value);
    std::optional<std::string> find(std::string_view name) const; ///< the first of that name
    const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

struct Request {
    std::string method;
    /// Always starts with "/", without query. Percent signs and ".." were refused, but see Manners::lenient.
    std::string path;
    std::string query; ///< without "?"
    std::string host; ///< whom the client wants to talk to, as it wrote it, perhaps with a port; may be empty
    Headers headers;
    std::string peer_address;  ///< numeric
    std::string peer_pin;      ///< fingerprint of the client's key; empty without client certificate
    std::string local_address; ///< numeric; the address at which the client reached us
    bool plain = false;        ///< came without TLS at a port that has it, see Manners::plain
    std::chrono::steady_clock::time_point arrived; ///< of a call: with its body
    bool at_once = false; ///< the server is about to stop, or the client gone: NotYet is no answer any more
    std::optional<std::uint64_t> body_size; ///< as declared; nothing when chunked or without body
};

struct Reply {
    Reply(int number, std::string text = {}, std::string media = "text/plain; charset=utf-8")
        : status(number), body(std::move(text)), type(std::move(media))
    {
    }

    int status;
    std::string body;
    std::string type;
    Headers headers;
};

/// There is nothing to answer yet: the call is asked again, with the same request and body, when `is_due`
/// says so. Meanwhile it holds no thread.
struct NotYet {
    std::function<bool()>
        is_due; ///< asked at least four times a second on an I/O thread, so it must be quick
};

/// Answer a GET or HEAD with this file; Range, If-Range and ETag are the server's work.
struct SendFile {
    std::filesystem::path path;
    std::string type = "application/octet-stream";
    std::string entity_tag;                  ///< without quotes; empty = no ETag
    std::optional<SystemTime> modified = {}; ///< nothing = no Last-Modified
    Headers headers = {};                    ///< more of them
    /// When set, this is sent, and `path` does not matter.
    std::shared_ptr<const os::Descriptor> opened = {};
    /// Told each piece of the file right before it goes to the client; false breaks the answer off. Runs on
    /// an I/O thread, so it must be quick. It goes when the answer is over, whatever its end.
    std::function<bool(std::uint64_t offset, std::string_view bytes)> passing = {};
};

/// Take the body of a PUT into this file, starting at the offset that Content-Range names (or 0). HEAD on the
/// same path tells the size so far. `done` runs on a worker when all announced bytes are in the file.
struct StoreFile {
    std::filesystem::path path;
    std::uint64_t most; ///< bytes the file may have
    std::function<Reply(std::uint64_t size)> done;
    std::function<void()> moved = {}; ///< called now and then while bytes come; must not block
};

/// What one listener serves. Built before the server starts, then read-only. Handlers may block and may be
/// called by several threads at once; an exception that leaves one becomes a 500 without details.
class Router {
public:
    /// The body is overwritten when the call is over: it may hold secrets.
    using Call = std::function<std::variant<Reply, NotYet>(const Request&, const std::string& body)>;
    using Get = std::function<std::variant<Reply, SendFile>(const Request&)>;
    using Put = std::function<std::variant<Reply, StoreFile>(const Request&)>;

    /// What a request gets without its body being read, if anything. On an I/O thread, so it must be quick.
    using Gate = std::function<std::optional<Reply>(const Request&)>;

    /// True of a body whose handler will be over soon. It runs on the I/O thread that read the body, as long
    /// as another one is left for the network: no worker has to be woken up. That is a guess, the handler may
    /// block there, too. On an I/O thread, so it must be quick.
    using Brief = std::function<bool(std::string_view body)>;

    /// POST on exactly `path`, body at most `most` bytes (413 beyond). `gate` is asked first, if there is
    /// one; without `brief`, all calls run on workers.
    Router& call(std::string path, std::size_t most, Call handler, Gate gate = {}, Brief brief = {});
    /// GET and HEAD on every path that starts with `prefix`.
    Router& get(std::string prefix, Get handler);
    /// PUT on every path that starts with `prefix`.
    Router& put(std::string prefix, Put handler);

    struct Route;
    /// The route for a request; null when there is none. Used by the server.
    const Route* find(std::string_view method, std::string_view path) const;
    /// "GET, HEAD": what can be done with `path`; empty when the path is unknown.
    std::string methods_of(std::string_view path) const;

private:
    std::vector<std::shared_ptr<const Route>> routes_;
};

/// All deadlines are absolute: they count from the start of the step, not from the last byte.
struct Limits {
    std::chrono::seconds handshake{5};
    std::chrono::seconds header{10};
    std::chrono::seconds body{60};           ///< for a call's body; files have `stall` instead
    std::chrono::seconds idle{60};           ///< between two requests of a connection
    std::chrono::seconds stall{30};          ///< a transfer without a byte of progress
    std::size_t header_bytes = 16 * 1024;    ///< 431 beyond
    std::size_t target_bytes = 8 * 1024;     ///< 414 beyond
    std::size_t connections = 20'000;        ///< of this listener
    std::size_t connections_per_address = 0; ///< 0 = no limit of its own
};

/// What a listener does for clients that are not ours: BMCs, browsers.
struct Manners {
    /// Plain HTTP at the same port, told from TLS by the first byte. It sees only these routes, and gets 403
    /// elsewhere.
    std::optional<Router> plain = {};
    /// Takes targets with percent signs and dots as they are, so that handlers must not trust Request::path;
    /// targets with scheme and host; and HTTP/1.0 without a Host field.
    bool lenient = false;
};

/// The threads that carry all servers and clients of a process. Must outlive them; the destructor waits for
/// its threads, so it must not run on one of them.
class Loop {
public:
    Loop(std::size_t io_threads, std::size_t workers);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    struct Inside;
    Inside& inside() { return *inside_; }

private:
    std::unique_ptr<Inside> inside_;
};

/// Where a listener ended up, and which ports it found taken on the way.
struct Bound {
    std::uint16_t port;
    std::vector<std::uint16_t> taken;
};

/// One listener with its routes and limits. Connections are kept alive; 10,000 idle ones cost memory only.
class Server {
public:
    /// Told when a client's key is refused, or a client shows none: its address and why. Called on an I/O
    /// thread, so it must be quick.
    using Refused = std::function<void(const std::string& address, const std::string& why)>;

    Server(Loop& loop, std::shared_ptr<const tls::Context> context, Router router, Limits limits = {},
           Refused refused = {}, Manners manners = {});
    ~Server(); ///< stops at once
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Binds the first free port of `first`..`last` at `address` (numeric; "::" also takes IPv4 where the
    /// system can, "" means all addresses, whatever families there are) and serves it. May be called for
    /// several addresses. A port taken by a listener or owned by an outgoing connection is passed over.
    /// Throws `busy`, naming the holders as far as they can be told, when none is free.
    Bound listen(const std::string& address, std::uint16_t first, std::uint16_t last);

    /// No new connections; running requests get `grace` to end. Returns when all is closed.
    void stop(std::chrono::milliseconds grace);

private:
    class Inside;
    std::unique_ptr<Inside> inside_;
};

/// A client for one server at one address. Keeps one connection alive between calls and makes a new one when
/// the old one died; an exchange is repeated on a fresh connection only when nothing of the answer had come
/// and the old connection was a kept one. Calls block the caller and must not come from an I/O thread of the
/// loop. One thread at a time.
class Client {
public:
    Client(Loop& loop, std::shared_ptr<const tls::Context> context, std::string address, std::uint16_t port);

    /// Makes a connection by other means than TCP and returns its stream socket, which the client then owns.
    /// Called on the caller's thread whenever a connection is needed; may block, and throws as exchange().
    using Dial = std::function<os::Descriptor()>;

    /// `name` stands for the server in messages and in the Host field.
    Client(Loop& loop, std::shared_ptr<const tls::Context> context, Dial dial, std::string name);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    struct Exchange {
        std::string method = "POST";
        std::string target = "/";
        Headers headers;
        std::string body;
        std::string type = "text/xml; charset=utf-8";
        std::size_t most = 8 << 20; ///< bytes of answer accepted
    };

    /// Throws `unreachable` (no connection, no answer by `deadline`), `denied` (the pins do not match: one of
    /// the two sides refused the other's key) or `rejected` (the answer breaks the protocol).
    Reply exchange(const Exchange& exchange, Deadline deadline);

    /// Told the bytes in the file so far, rising. May throw to give up.
    using Progress = std::function<void(std::uint64_t bytes)>;

    /// GETs `target` into `file`, going on at the file's present size, again after broken connections as long
    /// as bytes come within `stall`. Returns the size. Throws as exchange(), and `rejected` beyond `most`
    /// bytes.
    std::uint64_t pull(const std::string& target, const std::filesystem::path& file, std::uint64_t most,
                       std::chrono::seconds stall, const Progress& progress = {});

    /// PUTs `file` to `target`, going on at the size that HEAD tells. Throws as exchange().
    void push(const std::string& target, const std::filesystem::path& file, std::chrono::seconds stall,
              const Progress& progress = {});

    /// The address of this end of the connection; empty when there is none.
    std::string local_address() const;

private:
    class Inside;
    std::unique_ptr<Inside> inside_;
};

} // namespace common::net
