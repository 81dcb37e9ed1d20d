#include "agent/agent_log.hpp"

#include "common/os/descriptor.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace agent {

namespace {

constexpr off_t most_bytes = 8 << 20;

} // namespace

class AgentLog::File {
public:
    explicit File(const std::filesystem::path& path)
        : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600))
    {
    }

    void write(const std::string& line) const
    {
        struct stat info {};
        if (!file_ || ::fstat(file_.get(), &info) != 0 || info.st_size > most_bytes)
            return;
        const std::string text = line + '\n';
        // One write, so that lines never mix; what a full disk cuts off is lost.
        static_cast<void>(!::write(file_.get(), text.data(), text.size()));
    }

    void sync() const
    {
        if (file_)
            static_cast<void>(::fdatasync(file_.get()));
    }

private:
    common::os::Descriptor file_;
};

AgentLog::AgentLog(const std::filesystem::path& file, std::string_view target)
    : file_(std::make_shared<File>(file)),
      log_([kept = file_](const std::string& line) { kept->write(line); }, common::Level::info,
           "target=" + std::string(target))
{
}

AgentLog::~AgentLog() = default;

void AgentLog::about_to(std::string_view step) const
{
    log_.info("about to " + std::string(step));
    file_->sync();
}

} // namespace agent
