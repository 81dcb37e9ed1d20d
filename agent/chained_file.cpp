#include "agent/chained_file.hpp"

#include "common/clock.hpp"
#include "common/os/file_calls.hpp"

#include <thread>

namespace agent {

using common::os::Open;

namespace {

constexpr std::uint64_t most_bytes = 8 << 20;

/// Longest time for another writer to end its write. One that was stopped meanwhile must not stop us.
constexpr std::chrono::milliseconds patience{500};

/// No two processes append at once: each line's value hangs on the line before.
class Turn {
public:
    explicit Turn(int file) : file_(file)
    {
        const common::Deadline end = common::Deadline::in(patience);
        while (!(mine_ = common::os::try_lock(file_)) && !end.passed())
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ~Turn()
    {
        if (mine_)
            common::os::unlock(file_);
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    explicit operator bool() const { return mine_; }

private:
    int file_;
    bool mine_ = false;
};

} // namespace

ChainedFile::ChainedFile(const std::filesystem::path& path, std::string header)
    : file_(common::os::try_open(path, Open::read | Open::append | Open::create | Open::no_link)),
      header_(std::move(header))
{
}

void ChainedFile::append(const std::string& text)
{
    if (!file_)
        return;
    const Turn turn(file_.get());
    if (!turn)
        return;
    catch_up();
    if (seen_ > most_bytes)
        return;
    if (chain_.first().empty())
        put(header_);
    if (const auto line = chain_.broken(); line && !std::exchange(told_, true))
        put(common::utc_now() + " warning this log was changed at line " + std::to_string(*line));
    put(text);
}

const common::tls::LineChain& ChainedFile::chain()
{
    if (file_) {
        const Turn turn(file_.get());
        catch_up();
    }
    return chain_;
}

/// Takes what others have appended.
void ChainedFile::catch_up()
{
    const std::optional<std::uint64_t> size = common::os::file_size(file_.get());
    if (!size)
        return;
    char buffer[16 << 10];
    while (seen_ < *size) {
        const std::ptrdiff_t got = common::os::read_at(file_.get(), buffer, sizeof buffer, seen_);
        if (got <= 0)
            return;
        chain_.take({buffer, static_cast<std::size_t>(got)});
        seen_ += static_cast<std::uint64_t>(got);
    }
    seen_ =
        *size; // less than before: our next line will not fit what was left of it, and that is as it must be
}

void ChainedFile::put(const std::string& text)
{
    const std::string bytes = chain_.next(text);
    const std::ptrdiff_t done = common::os::write_some(file_.get(), bytes);
    if (done <= 0) // a full disk: this line is lost
        return;
    chain_.take(std::string_view(bytes).substr(0, static_cast<std::size_t>(done)));
    seen_ += static_cast<std::uint64_t>(done);
}

void ChainedFile::sync() const
{
    if (file_)
        common::os::sync_data(file_.get());
}

} // namespace agent
