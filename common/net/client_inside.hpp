#pragma once

#include "common/net/message.hpp"
#include "common/os/descriptor.hpp"
#include "common/text.hpp"

namespace common::net {

/// The working of a client; its coroutines run on the loop's I/O threads while the caller waits.
class Client::Inside {
public:
    Inside(Loop& loop, std::shared_ptr<const tls::Context> context, const std::string& address,
           std::uint16_t port);
    Inside(Loop& loop, std::shared_ptr<const tls::Context> context, Dial dial, const std::string& name);

    Reply exchange(const Exchange& exchange, Deadline deadline);
    std::uint64_t pull(const std::string& target, const std::filesystem::path& path, std::uint64_t most,
                       std::chrono::seconds stall, const Progress& progress);
    void push(const std::string& target, const std::filesystem::path& path, std::chrono::seconds stall,
              const Progress& progress);
    std::string local_address() const { return stream_ ? stream_->local_address() : std::string(); }

private:
    /// The time a request has: until a point, or as long as bytes move.
    struct Patience {
        std::optional<Watch::Clock::time_point> until;
        std::chrono::nanoseconds stall{0};
    };

    using Answer = std::unique_ptr<ReplyParser>; ///< its head is read, its body is not
    enum class Body { expected, none };          ///< none: the answer to a HEAD

    struct Pull;
    struct Push;

    asio::awaitable<void> open(const Patience& patience);
    Tcp::socket new_socket() const;
    Tcp::socket dialled_socket();
    asio::awaitable<Answer> ask(const std::string& head, std::string_view body, Body kind,
                                const Patience& patience);
    asio::awaitable<Answer> ask_once(const std::string& head, std::string_view body, Body kind);
    asio::awaitable<Answer> read_answer(Body kind, bool interim_too);
    asio::awaitable<Reply> read_reply(ReplyParser& answer, std::size_t most);
    asio::awaitable<Reply> exchange_once(const Exchange& exchange, const Patience& patience);

    asio::awaitable<bool> pull_once(Pull& pull);
    asio::awaitable<void> pull_body(Pull& pull, ReplyParser& answer);
    asio::awaitable<std::uint64_t> ask_size(const Push& push);
    asio::awaitable<void> push_once(Push& push);
    asio::awaitable<void> push_body(Push& push, std::uint64_t from);
    asio::awaitable<Answer> offer_body(Push& push, const std::string& head, std::uint64_t from);
    bool has_answer_come();

    std::string head_for(std::string_view method, std::string_view target, const Headers& headers,
                         std::optional<std::uint64_t> body_size) const;
    void be_patient(const Patience& patience);
    void hang_up();

    /// Runs `work` to its end. After an error the connection is not used again, and the error says whom we
    /// called.
    template <typename Result>
    Result run(asio::awaitable<Result> work)
    {
        try {
            return while_doing("calling " + host_, [&] {
                if (dial_ && !stream_)
                    dialled_ = dial_();
                return finish(std::move(work));
            });
        } catch (...) {
            hang_up();
            throw;
        }
    }

    template <typename Result>
    Result finish(asio::awaitable<Result> work)
    {
        try {
            return loop_.wait_for(std::move(work));
        } catch (const Refused& refused) {
            throw Error(Trouble::rejected,
                        "the answer breaks the protocol: " + one_line(trim(refused.reply.body)));
        }
    }

    Loop::Inside& loop_;
    const std::shared_ptr<const tls::Context> context_;
    const Tcp::endpoint endpoint_; ///< without dial_
    const Dial dial_;
    const std::string host_; ///< for the Host field and for messages
    os::Descriptor dialled_; ///< a connection that waits to be used
    std::unique_ptr<Stream> stream_;
    Buffer buffer_;
    bool kept_ = false; ///< the connection has served a request before and may be stale
};

} // namespace common::net
