#include "manager/serve/log_desk.hpp"

#include "common/clock.hpp"
#include "common/secret.hpp"
#include "common/text.hpp"
#include "manager/serve/token.hpp"
#include "manager/serve/url.hpp"

#include <algorithm>

namespace manager::serve {

using common::net::Reply;
using common::net::Request;
using common::net::SendFile;
using common::net::StoreFile;
using link::LogOffer;
using link::OpenLogs;
using link::TakenLog;

namespace {

Reply nothing_here()
{
    return {404, "not found\n"};
}

} // namespace

/// One target's logs.
class LogRoom : public std::enable_shared_from_this<LogRoom> {
public:
    explicit LogRoom(LogOffer offer)
        : offer_(std::move(offer)), token_(new_token()), path_(log_path + token_ + "/"),
          end_(common::Deadline::in(offer_.life))
    {
        for (std::string& source : offer_.sources)
            source = plain_address(source);
    }

    const std::string& token() const { return token_; }
    const std::string& path() const { return path_; }

    bool admits(const Request& request) const
    {
        const std::string from = plain_address(request.peer_address);
        const bool known = offer_.sources.empty() || std::find(offer_.sources.begin(), offer_.sources.end(),
                                                               from) != offer_.sources.end();
        const std::lock_guard lock(mutex_);
        if (!known)
            tell(request.peer_address + " gets at no logs: they are another address's");
        else if (end_.passed())
            tell(request.peer_address + " gets at no logs any more: their time is over");
        return known && !closed_ && !end_.passed();
    }

    void close()
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }

    std::vector<TakenLog> taken() const
    {
        const std::lock_guard lock(mutex_);
        std::vector<TakenLog> logs = logs_;
        for (TakenLog& log : logs)
            log.size = size_of(log.file);
        return logs;
    }

    std::variant<Reply, SendFile> give(const Request& request, const std::string& name) const
    {
        const std::lock_guard lock(mutex_);
        SendFile answer;
        const auto given = offer_.given.find(name);
        const auto log = find(name);
        if (given != offer_.given.end())
            answer.path = given->second;
        else if (log != logs_.end())
            answer.path = log->file;
        else
            return nothing_here();
        if (request.method == "GET")
            tell(request.peer_address + " fetches " + common::one_line(name));
        return answer;
    }

    /// One log at a time, so that the sum of all is known. The same one may come anew: of a connection that
    /// broke, this end may not know yet.
    std::variant<Reply, StoreFile> take(const Request& request, const std::string& name)
    {
        const std::lock_guard lock(mutex_);
        std::erase_if(taking_, [](const Taking& taking) { return taking.hold.expired(); });
        if (std::any_of(taking_.begin(), taking_.end(),
                        [&](const Taking& taking) { return taking.name != name; })) {
            Reply busy(503, "one at a time\n");
            busy.headers.set("Retry-After", "1");
            return busy;
        }
        if (find(name) == logs_.end() && logs_.size() >= offer_.most_files)
            return Reply(413, "too many logs\n");
        if (find(name) == logs_.end())
            logs_.push_back({name, offer_.folder / ("log-" + std::to_string(logs_.size() + 1)), 0, false});
        const auto log = logs_.begin() + (find(name) - logs_.cbegin());
        log->complete = false;
        std::uint64_t others = 0;
        for (const TakenLog& other : logs_)
            others += other.name == name ? 0 : size_of(other.file);
        const auto hold = std::make_shared<int>(0);
        taking_.push_back({name, hold});
        StoreFile store;
        store.path = log->file;
        store.most = offer_.most_bytes - std::min(offer_.most_bytes, others);
        store.done = [self = shared_from_this(), from = request.peer_address, name,
                      hold](std::uint64_t size) { return self->keep(from, name, size); };
        return store;
    }

private:
    /// A PUT that goes on.
    struct Taking {
        std::string name;
        std::weak_ptr<int> hold; ///< lives as long as it
    };

    /// For who made the offer, as long as it stands. With the mutex held.
    void tell(const std::string& sentence) const
    {
        if (offer_.tell && !closed_)
            offer_.tell(sentence);
    }

    std::vector<TakenLog>::const_iterator find(const std::string& name) const
    {
        return std::find_if(logs_.begin(), logs_.end(),
                            [&](const TakenLog& log) { return log.name == name; });
    }

    static std::uint64_t size_of(const std::filesystem::path& file)
    {
        std::error_code failure;
        const std::uint64_t size = std::filesystem::file_size(file, failure);
        return failure ? 0 : size;
    }

    Reply keep(const std::string& from, const std::string& name, std::uint64_t size)
    {
        const std::lock_guard lock(mutex_);
        tell(from + " put " + common::one_line(name) + ": " + common::bytes_text(size));
        logs_.at(static_cast<std::size_t>(find(name) - logs_.cbegin())).complete = true;
        return {201, "kept\n"};
    }

    LogOffer offer_;
    const std::string token_;
    const std::string path_;
    const common::Deadline end_;

    mutable std::mutex mutex_;
    std::vector<TakenLog> logs_;
    std::vector<Taking> taking_;
    bool closed_ = false;
};

/// What the caller of open() holds.
class Opened final : public OpenLogs {
public:
    Opened(LogDesk& desk, std::shared_ptr<LogRoom> room) : desk_(desk), room_(std::move(room)) {}
    ~Opened() override { desk_.close(room_); }

    const std::string& path() const override { return room_->path(); }
    std::vector<TakenLog> taken() const override { return room_->taken(); }

private:
    LogDesk& desk_;
    const std::shared_ptr<LogRoom> room_;
};

std::unique_ptr<OpenLogs> LogDesk::open(LogOffer offer)
{
    auto room = std::make_shared<LogRoom>(std::move(offer));
    auto opened = std::make_unique<Opened>(*this, room);
    const std::lock_guard lock(mutex_);
    rooms_.push_back(std::move(room));
    return opened;
}

void LogDesk::close(const std::shared_ptr<LogRoom>& room)
{
    room->close();
    const std::lock_guard lock(mutex_);
    std::erase(rooms_, room);
}

/// The room that the request may enter, and the name of the log there; null when there is none. Looks at
/// every token to its end.
std::shared_ptr<LogRoom> LogDesk::find(const Request& request, std::string& name) const
{
    constexpr std::size_t longest_name = 200;
    const std::optional<std::vector<std::string>> segments = path_segments(request.path);
    const bool fits = segments && segments->size() == 3 && !segments->at(2).empty() &&
                      segments->at(2).size() <= longest_name && !request.plain;
    if (!fits)
        return nullptr;
    name = segments->at(2);
    std::shared_ptr<LogRoom> found;
    const std::lock_guard lock(mutex_);
    for (const std::shared_ptr<LogRoom>& room : rooms_)
        if (common::same_secret(room->token(), segments->at(1)))
            found = room;
    return found && found->admits(request) ? found : nullptr;
}

std::variant<Reply, SendFile> LogDesk::give(const Request& request) const
{
    std::string name;
    const std::shared_ptr<LogRoom> room = find(request, name);
    if (!room)
        return nothing_here();
    return room->give(request, name);
}

std::variant<Reply, StoreFile> LogDesk::take(const Request& request) const
{
    std::string name;
    const std::shared_ptr<LogRoom> room = find(request, name);
    if (!room)
        return nothing_here();
    return room->take(request, name);
}

} // namespace manager::serve
