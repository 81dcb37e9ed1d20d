#include "manager/drivers/web_logs.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"

#include <algorithm>

namespace manager::drivers {

using common::Deadline;
using common::Error;
using common::Trouble;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

/// An agent carries this long before it answers that it needs more time.
constexpr auto carry_time = 20s;
/// For the answer: a connection that nobody takes, and a transfer that stalls, come on top.
constexpr auto carry_limit = 60s;

/// An agent's log grows while it is carried.
constexpr std::uint64_t room_to_grow = 1 << 20; // bytes

/// Sizes are what the target says.
std::uint64_t bytes_of(const link::Logs& logs)
{
    std::uint64_t bytes = 0;
    for (const link::LogFile& log : logs.files)
        bytes += std::min(log.size, link::most_log_bytes);
    return bytes;
}

} // namespace

WebLogs::WebLogs(const AgentSetting& setting, std::size_t index, TargetAgent& agent, const link::Logs& logs,
                 const fs::path& folder)
    : setting_(setting), index_(index), agent_(agent),
      incoming_(folder.parent_path() / (".incoming-" + std::to_string(index)))
{
    get_through([&] { open(logs); });
}

WebLogs::~WebLogs()
{
    open_.reset();
    std::error_code none;
    fs::remove_all(incoming_, none);
}

void WebLogs::open(const link::Logs& logs)
{
    fs::remove_all(incoming_); // of a manager that was killed
    common::os::make_private_folder(incoming_);
    link::LogOffer offer;
    offer.folder = incoming_;
    offer.sources = {agent_.platform().session_address};
    offer.most_bytes = bytes_of(logs) + room_to_grow;
    offer.most_files = logs.files.size();
    offer.given[common::managers_log] = incoming_ / common::managers_log;
    offer.tell = [this](const std::string& sentence) { setting_.log(index_, sentence); };
    open_ = setting_.log_server->open_logs(std::move(offer));
}

std::optional<link::TakenLog> WebLogs::taken(const std::string& name) const
{
    for (const link::TakenLog& log : open_->taken())
        if (log.name == name)
            return log;
    return std::nullopt;
}

/// Lets the agent go on as long as bytes come.
void WebLogs::carry(const std::string& name)
{
    const link::LogRoad road = setting_.log_server->road_to(*open_, agent_.platform().our_address);
    const auto size = [&] {
        const std::optional<link::TakenLog> log = taken(name);
        return log ? log->size : 0;
    };
    for (std::uint64_t before = size();; before = size()) {
        try {
            agent_.ask([&](link::AgentLink& agent) {
                agent.carry_log(name, road, carry_time, Deadline::in(carry_limit));
                return true;
            });
            return;
        } catch (const Error& error) {
            if (size() <= before)
                throw;
        }
    }
}

/// True when `step` did what it should. Else this road is closed for good.
template <typename Step>
bool WebLogs::get_through(Step step)
{
    try {
        step();
        return true;
    } catch (const std::exception& error) {
        setting_.log(index_, "logs go through the login's session, and not over the web server: " +
                                 common::one_line(error.what()));
        open_.reset();
        return false;
    }
}

bool WebLogs::fetch(const link::LogFile& log, const fs::path& file)
{
    return open_ && get_through([&] {
               carry(log.name);
               const std::optional<link::TakenLog> here = taken(log.name);
               if (!here || !here->complete)
                   throw Error(Trouble::rejected,
                               "the agent says that it put " + log.name + ", but it is not here");
               fs::rename(here->file, file);
           });
}

bool WebLogs::hand_over(const std::string& text)
{
    return open_ && get_through([&] {
               common::os::write_file_durably(incoming_ / common::managers_log, text);
               carry(common::managers_log);
           });
}

} // namespace manager::drivers
