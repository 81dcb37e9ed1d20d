#include "agent/chained_file.hpp"

#include "common/clock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace agent {

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
        while (!(mine_ = ::flock(file_, LOCK_EX | LOCK_NB) == 0) && !end.passed())
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ~Turn()
    {
        if (mine_)
            ::flock(file_, LOCK_UN);
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
    : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600)),
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
    struct stat info {};
    if (::fstat(file_.get(), &info) != 0)
        return;
    const auto size = static_cast<std::uint64_t>(info.st_size);
    char buffer[16 << 10];
    while (seen_ < size) {
        const ssize_t got = ::pread(file_.get(), buffer, sizeof buffer, static_cast<off_t>(seen_));
        if (got <= 0)
            return;
        chain_.take({buffer, static_cast<std::size_t>(got)});
        seen_ += static_cast<std::uint64_t>(got);
    }
    seen_ =
        size; // less than before: our next line will not fit what was left of it, and that is as it must be
}

void ChainedFile::put(const std::string& text)
{
    const std::string bytes = chain_.next(text);
    const ssize_t done = ::write(file_.get(), bytes.data(), bytes.size());
    if (done <= 0) // a full disk: this line is lost
        return;
    chain_.take(std::string_view(bytes).substr(0, static_cast<std::size_t>(done)));
    seen_ += static_cast<std::uint64_t>(done);
}

void ChainedFile::sync() const
{
    if (file_)
        static_cast<void>(::fdatasync(file_.get()));
}

} // namespace agent
