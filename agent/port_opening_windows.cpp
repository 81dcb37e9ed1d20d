#include "agent/port_opening.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/os/process.hpp"
#include "common/os/windows.hpp"
#include "common/text.hpp"

#include <ws2tcpip.h>

namespace agent {

using common::Deadline;
using common::Error;
using common::Trouble;
namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds netsh_time{12};
constexpr std::size_t longest_name = 200;

bool is_numeric(const std::string& address)
{
    in6_addr bytes{};
    return ::inet_pton(AF_INET, address.c_str(), &bytes) == 1 ||
           ::inet_pton(AF_INET6, address.c_str(), &bytes) == 1;
}

common::os::Finished netsh(const std::vector<std::string>& words)
{
    std::vector<std::string> arguments{"netsh", "advfirewall", "firewall"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    return common::os::run(arguments, Deadline::in(netsh_time));
}

/// Throws Error with what netsh says when it fails.
void change(const std::vector<std::string>& words)
{
    const common::os::Finished finished = netsh(words);
    if (finished.status != 0)
        throw Error(Trouble::rejected, "netsh ended with " + std::to_string(finished.status) + ": " +
                                           common::one_line(common::trim(finished.output), 200));
}

/// Whether the firewall answers at all: what it knows nothing of is not there only then.
bool answers()
{
    return common::os::run({"netsh", "advfirewall", "show", "currentprofile"}, Deadline::in(netsh_time))
               .status == 0;
}

/// Throws Error and keeps the record when the rule may be there still.
void delete_rule(const fs::path& record)
{
    const std::string name = common::os::read_file(record, longest_name);
    const bool there = netsh({"show", "rule", "name=" + name}).status == 0;
    if (!there && !answers())
        throw Error(Trouble::rejected,
                    "the firewall does not answer; the rule " + name + " may be there still");
    if (there)
        change({"delete", "rule", "name=" + name});
    common::os::remove_file(record);
}

} // namespace

/// The rule that was made, by its record.
class PortOpening::Guard {
public:
    Guard(fs::path record, const std::string& name, const std::string& address, std::uint16_t port)
        : record_(std::move(record))
    {
        common::os::write_file_durably(record_, name); // first: a rule without a record would stay for ever
        change({"add", "rule", "name=" + name, "dir=in", "action=allow", "protocol=TCP",
                "localport=" + std::to_string(port), "remoteip=" + address, "profile=any"});
    }

    void close() const { delete_rule(record_); }

private:
    fs::path record_;
};

PortOpening::PortOpening(const RunFolder& folder, std::string boot, const AgentLog& log)
    : folder_(folder), boot_(std::move(boot)), log_(log)
{
}

PortOpening::~PortOpening()
{
    close();
}

std::string PortOpening::open(const std::string& address, std::uint16_t port)
{
    const std::string what = "port " + std::to_string(port) + " in the firewall for " + address;
    log_.about_to("open " + what);
    try {
        if (!is_numeric(address))
            throw Error(Trouble::invalid, "that is no numeric address");
        guard_ = std::make_unique<Guard>(folder_.firewall_record(boot_),
                                         "soapstone-" + folder_.root().filename().string() + '-' + boot_,
                                         address, port);
        log_.info("opened " + what + " alone");
        log_.audit().tell("open_port",
                          {{"firewall", "windows"}, {"for", address}, {"port", std::to_string(port)}});
        return "windows";
    } catch (const std::exception& error) {
        log_.warning("cannot open " + what + ": " + error.what());
        close_ports_of_dead(folder_,
                            log_); // takes the record away, and a rule of which netsh did not know the end
        return "failed";
    }
}

void PortOpening::close()
{
    const std::unique_ptr<Guard> guard = std::move(guard_);
    if (!guard)
        return;
    try {
        guard->close();
        log_.info("the firewall is as it was");
    } catch (const std::exception& error) {
        log_.warning(std::string("the port in the firewall may still be open: ") + error.what());
    }
}

void close_ports_of_dead(const RunFolder& folder, const AgentLog& log)
{
    // Of all runs: a manager that sweeps over SMB cannot close a port.
    const fs::path state = folder.root().parent_path();
    std::error_code none;
    for (const auto& run : fs::directory_iterator(state, none))
        for (const fs::path& record : RunFolder(state, run.path().filename().string()).firewall_records()) {
            try {
                log.about_to("close a port in the firewall, see " + record.string());
                delete_rule(record);
            } catch (const std::exception& error) {
                log.warning(error.what());
            }
        }
}

} // namespace agent
