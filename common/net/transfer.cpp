#include "common/net/client_inside.hpp"
#include "common/net/files.hpp"
#include "common/net/range.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"

namespace common::net {

namespace {

/// Pause before a broken transfer is taken up again; short, because the stall limit ends it anyway.
constexpr std::chrono::milliseconds retry_pause{200};

constexpr std::size_t most_complaint = 64 << 10; // bytes of an error answer's text

std::uint64_t size_of(int descriptor)
{
    if (const std::optional<std::uint64_t> size = os::file_size(descriptor))
        return *size;
    throw system_error("looking at a file");
}

void cut(int descriptor, std::uint64_t size)
{
    if (!os::truncate(descriptor, size))
        throw system_error("cutting a file");
}

/// The Error for an answer that is no success.
Error complaint(const Reply& reply)
{
    return {Trouble::rejected, "status " + std::to_string(reply.status) + ": " + one_line(trim(reply.body))};
}

/// Runs `step` until it says that it is done. A broken connection is no end as long as progress is being
/// made.
template <typename Step>
void until_done(Step step, const Watch::Clock::time_point& last_progress, const bool& moved,
                std::chrono::seconds stall)
{
    for (;;) {
        try {
            if (step())
                return;
            continue;
        } catch (const Error& error) {
            if (error.trouble() != Trouble::unreachable || !moved ||
                Watch::Clock::now() - last_progress >= stall)
                throw;
        }
        std::this_thread::sleep_for(retry_pause);
    }
}

} // namespace

struct Client::Inside::Pull {
    const std::string& target;
    os::Descriptor file;
    std::uint64_t most;
    Patience patience;
    const Progress& progress;
    std::uint64_t size;          ///< bytes in the file so far
    std::string entity_tag = {}; ///< as the server wrote it; empty: unknown
    bool moved = false;          ///< a byte came since the call began
    Watch::Clock::time_point last_progress = Watch::Clock::now();

    void restart()
    {
        cut(file.get(), 0);
        size = 0;
    }
};

std::uint64_t Client::Inside::pull(const std::string& target, const std::filesystem::path& path,
                                   std::uint64_t most, std::chrono::seconds stall, const Progress& progress)
{
    Pull pull{target,   os::open_file(path, os::Open::write | os::Open::create | os::Open::no_link),
              most,     {{}, stall},
              progress, 0};
    pull.size = size_of(pull.file.get());
    until_done([&] { return run(pull_once(pull)); }, pull.last_progress, pull.moved, stall);
    return pull.size;
}

asio::awaitable<bool> Client::Inside::pull_once(Pull& pull)
{
    Headers headers;
    if (pull.size > 0) {
        headers.set("Range", "bytes=" + std::to_string(pull.size) + "-");
        if (!pull.entity_tag.empty())
            headers.set("If-Range", pull.entity_tag);
    }
    const std::string head = head_for("GET", pull.target, headers, std::nullopt);
    const Answer answer = co_await ask(head, {}, Body::expected, pull.patience);
    const auto range = content_range_of(answer->headers.find("Content-Range").value_or(""));
    if (answer->code == 416 && pull.size > 0) {
        co_await read_reply(*answer, most_complaint);
        if (range && range->total == pull.size)
            co_return true; // nothing is missing
        pull.restart();     // what is here is not a part of what is there
        co_return false;
    }
    if (answer->code != 200 && answer->code != 206) {
        const Reply reply = co_await read_reply(*answer, most_complaint);
        throw complaint(reply);
    }
    if (answer->code == 206 && (!range || !range->has_bytes || range->first != pull.size))
        throw Refused(400, "another range than the one asked for");
    if (answer->code == 200)
        pull.restart();
    const std::uint64_t coming = answer->content_length().value_or(0);
    const std::uint64_t total = answer->code == 206 ? range->total.value_or(range->last + 1) : coming;
    if (std::max(total, pull.size + coming) > pull.most)
        throw Error(Trouble::rejected, "the file is larger than " + std::to_string(pull.most) + " bytes");
    pull.entity_tag = answer->headers.find("ETag").value_or("");
    co_await pull_body(pull, *answer);
    co_return pull.size >= total;
}

asio::awaitable<void> Client::Inside::pull_body(Pull& pull, ReplyParser& answer)
{
    answer.body_most = pull.most - pull.size;
    for (;;) {
        co_await read_piece(*stream_, buffer_, answer);
        if (answer.piece.empty())
            break;
        if (!os::write_at(pull.file.get(), answer.piece, pull.size))
            throw system_error("writing the file");
        pull.size += answer.piece.size();
        pull.moved = true;
        pull.last_progress = Watch::Clock::now();
        if (pull.progress)
            pull.progress(pull.size);
    }
    kept_ = answer.keep_alive();
    if (!kept_)
        hang_up();
}

struct Client::Inside::Push {
    const std::string& target;
    os::Descriptor file;
    Patience patience;
    const Progress& progress;
    std::uint64_t size;           ///< of the file
    std::uint64_t most_there = 0; ///< the largest size that the other side has told
    bool moved = false;           ///< bytes have been sent since the call began
    Watch::Clock::time_point last_progress = Watch::Clock::now();
};

void Client::Inside::push(const std::string& target, const std::filesystem::path& path,
                          std::chrono::seconds stall, const Progress& progress)
{
    Push push{target, os::open_file(path, os::Open::read), {{}, stall}, progress, 0};
    push.size = size_of(push.file.get());
    const auto step = [&] {
        run(push_once(push));
        return true;
    };
    until_done(step, push.last_progress, push.moved, stall);
}

asio::awaitable<std::uint64_t> Client::Inside::ask_size(const Push& push)
{
    const std::string head = head_for("HEAD", push.target, {}, std::nullopt);
    const Answer answer = co_await ask(head, {}, Body::none, push.patience);
    const std::uint64_t size = answer->code == 200 ? answer->content_length().value_or(0) : 0;
    const Reply reply = co_await read_reply(*answer, UINT64_MAX);
    if (reply.status != 200 && reply.status != 404)
        throw complaint(reply);
    co_return size;
}

asio::awaitable<void> Client::Inside::push_once(Push& push)
{
    const std::uint64_t there = co_await ask_size(push);
    if (there > push.most_there) {
        push.most_there = there;
        push.last_progress = Watch::Clock::now();
    }
    const std::uint64_t from = there <= push.size ? there : 0;
    const std::string total = std::to_string(push.size);
    Headers headers;
    if (from < push.size)
        headers.set("Content-Range",
                    "bytes " + std::to_string(from) + "-" + std::to_string(push.size - 1) + "/" + total);
    else if (push.size > 0)
        headers.set("Content-Range", "bytes */" + total); // all is there; only the confirmation got lost
    if (from < push.size)
        headers.set("Expect", "100-continue"); // a refusal comes before the body has gone over the line
    const std::string head = head_for("PUT", push.target, headers, push.size - from);
    const Answer answer = co_await offer_body(push, head, from);
    const Reply reply = co_await read_reply(*answer, most_complaint);
    if (reply.status / 100 != 2)
        throw complaint(reply);
}

asio::awaitable<Client::Inside::Answer> Client::Inside::offer_body(Push& push, const std::string& head,
                                                                   std::uint64_t from)
{
    if (from == push.size) {
        Answer answer = co_await ask(head, {}, Body::expected, push.patience);
        co_return answer;
    }
    if (!stream_)
        co_await open(push.patience);
    be_patient(push.patience);
    co_await stream_->write(head);
    Answer answer = co_await read_answer(Body::expected, true);
    if (answer->code != 100)
        co_return answer;
    std::optional<Error> unsent;
    try {
        co_await push_body(push, from);
    } catch (const Error& error) {
        unsent = error;
    }
    if (unsent && (unsent->trouble() != Trouble::unreachable || stream_->expired()))
        throw Error(*unsent);
    answer = co_await read_answer(Body::expected, false); // also when not all could be sent: it says why
    co_return answer;
}

bool Client::Inside::has_answer_come()
{
    constexpr std::size_t step = 4 << 10;
    const auto space = buffer_.prepare(step);
    buffer_.commit(stream_->read_now(static_cast<char*>(space.data()), space.size()));
    return buffer_.size() > 0;
}

asio::awaitable<void> Client::Inside::push_body(Push& push, std::uint64_t from)
{
    std::vector<char> piece(transfer_step);
    std::uint64_t at = from;
    while (at < push.size && !has_answer_come()) {
        const std::ptrdiff_t got = os::read_at(push.file.get(), piece.data(),
                                               std::min<std::uint64_t>(piece.size(), push.size - at), at);
        if (got <= 0)
            throw Error(Trouble::rejected, "the file became shorter while it was sent");
        co_await stream_->write(std::string_view(piece.data(), static_cast<std::size_t>(got)));
        at += static_cast<std::uint64_t>(got);
        push.moved = true;
        if (push.progress)
            push.progress(at);
    }
}

} // namespace common::net
