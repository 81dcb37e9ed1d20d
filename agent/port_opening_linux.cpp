#include "agent/port_guard_linux.hpp"
#include "agent/port_opening.hpp"
#include "agent/spawn_linux.hpp"
#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/os/pipe.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace agent {

using common::Deadline;
using common::os::Descriptor;
using common::os::Pipe;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr auto open_limit = 12s; ///< firewalld and ufw are slow programs
constexpr auto close_limit = 12s;
constexpr std::size_t longest_answer = 500;

bool is_numeric(const std::string& address)
{
    in6_addr bytes{};
    return ::inet_pton(AF_INET, address.c_str(), &bytes) == 1 ||
           ::inet_pton(AF_INET6, address.c_str(), &bytes) == 1;
}

/// What the guard says until it closes its end. Throws `unreachable` when it takes too long.
std::string answer_of(int guard)
{
    const Deadline deadline = Deadline::in(open_limit);
    std::string text;
    char buffer[256];
    for (;;) {
        pollfd event{guard, POLLIN, 0};
        if (::poll(&event, 1, static_cast<int>(deadline.left().count())) == 0)
            throw common::Error(common::Trouble::unreachable, "it does not answer");
        const ssize_t got = ::read(guard, buffer, sizeof buffer);
        if (got == 0)
            return text;
        if (got > 0 && text.size() < longest_answer)
            text.append(buffer, static_cast<std::size_t>(got));
    }
}

/// True when process `pid`, a child, has ended in time.
bool ended(pid_t pid, Deadline deadline)
{
    while (::waitpid(pid, nullptr, WNOHANG) == 0) {
        if (deadline.passed())
            return false;
        std::this_thread::sleep_for(10ms);
    }
    return true;
}

/// For a record whose guard is dead. Throws Error when the port may still be open.
void close_port(const fs::path& record)
{
    const common::os::Finished finished = common::os::run(
        {"/bin/sh", "-c", std::string(port_guard_script), "sh", "close", record}, Deadline::in(close_limit));
    if (finished.status != 0)
        throw common::Error(common::Trouble::rejected,
                            "the port of which " + record.string() + " tells may still be open");
}

} // namespace

/// The process that opens the port and closes it when our end of its input does.
class PortOpening::Guard {
public:
    Guard(const fs::path& record, const std::string& address, std::uint16_t port, const std::string& mark);

    std::string answer() const { return answer_of(answer_.get()); }

    /// False when it takes too long.
    bool close()
    {
        hold_.close();
        return ended(pid_, Deadline::in(close_limit));
    }

private:
    pid_t pid_ = 0;
    Descriptor hold_;
    Descriptor answer_;
};

PortOpening::PortOpening(const RunFolder& folder, std::string boot, const AgentLog& log)
    : folder_(folder), boot_(std::move(boot)), log_(log)
{
}

PortOpening::~PortOpening()
{
    close();
}

PortOpening::Guard::Guard(const fs::path& record, const std::string& address, std::uint16_t port,
                          const std::string& mark)
{
    Pipe input = common::os::make_pipe();
    Pipe output = common::os::make_pipe();
    FileActions files;
    posix_spawn_file_actions_adddup2(&files.actions, input.read.get(), 0);
    posix_spawn_file_actions_adddup2(&files.actions, output.write.get(), 1);
    posix_spawn_file_actions_addopen(&files.actions, 2, "/dev/null", O_WRONLY, 0);
    const OwnSession session;
    std::vector<std::string> words{"sh",
                                   "-c",
                                   std::string(port_guard_script),
                                   "soapstone-port",
                                   "open",
                                   record,
                                   address,
                                   std::to_string(port),
                                   mark};
    std::vector<char*> arguments;
    for (std::string& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    char* const environment[] = {nullptr};
    const int error =
        ::posix_spawn(&pid_, "/bin/sh", &files.actions, &session.attributes, arguments.data(), environment);
    if (error != 0)
        throw common::system_error("starting /bin/sh", error);
    hold_ = std::move(input.write);
    answer_ = std::move(output.read);
}

std::string PortOpening::open(const std::string& address, std::uint16_t port)
{
    const std::string what = "port " + std::to_string(port) + " in the firewall for " + address;
    log_.about_to("open " + what + ", if one is active");
    try {
        if (!is_numeric(address))
            throw common::Error(common::Trouble::invalid, "that is no numeric address");
        guard_ = std::make_unique<Guard>(folder_.firewall_record(boot_), address, port,
                                         "soapstone-" + folder_.root().filename().string() + '-' + boot_);
        const std::string answer = common::one_line(common::trim(guard_->answer()), longest_answer);
        if (answer.starts_with('!'))
            throw common::Error(common::Trouble::rejected, answer.substr(1));
        if (answer.empty()) {
            log_.info("no firewall stops it, so none was touched");
            return answer;
        }
        log_.info("opened " + what + " alone (" + answer + ")");
        log_.audit().tell("open_port",
                          {{"firewall", answer}, {"for", address}, {"port", std::to_string(port)}});
        return answer;
    } catch (const std::exception& error) {
        log_.warning("cannot open " + what + ": " + error.what());
        return "failed";
    }
}

void PortOpening::close()
{
    const std::unique_ptr<Guard> guard = std::move(guard_);
    if (!guard)
        return;
    if (!guard->close())
        return log_.warning("the process that closes our port in the firewall is still at work");
    close_ports_of_dead(folder_, log_); // where somebody has killed the guard
    if (folder_.firewall_records().empty())
        log_.info("the firewall is as it was");
}

void close_ports_of_dead(const RunFolder& folder, const AgentLog& log)
{
    for (const fs::path& record : folder.firewall_records()) {
        try {
            log.about_to("close a port in the firewall, see " + record.string());
            close_port(record);
        } catch (const std::exception& error) {
            log.warning(error.what());
        }
    }
}

} // namespace agent
