#include "agent/agent_log.hpp"

#include "agent/chained_file.hpp"

namespace agent {

using common::tls::LineChain;

/// Log's sink and head() come from different threads.
class AgentLog::File {
public:
    File(const std::filesystem::path& path, std::string_view run, std::string_view target)
        : file_(path, LineChain::header(run, target))
    {
    }

    void write(const std::string& line)
    {
        const std::lock_guard lock(mutex_);
        file_.append(line);
    }

    Head head()
    {
        const std::lock_guard lock(mutex_);
        const LineChain& chain = file_.chain();
        return {chain.head(), chain.broken()};
    }

    void sync() const { file_.sync(); }

private:
    std::mutex mutex_;
    ChainedFile file_;
};

AgentLog::AgentLog(const std::filesystem::path& file, std::string_view run, std::string_view target)
    : file_(std::make_shared<File>(file, run, target)),
      log_([kept = file_](const std::string& line) { kept->write(line); }, common::Level::info,
           "target=" + std::string(target)),
      audit_("soapstone-agent", {{"run", std::string(run)}, {"target", std::string(target)}})
{
}

AgentLog::~AgentLog() = default;

void AgentLog::about_to(std::string_view step) const
{
    log_.info("about to " + std::string(step));
    file_->sync();
}

AgentLog::Head AgentLog::head() const
{
    return file_->head();
}

} // namespace agent
