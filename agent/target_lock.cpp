#include "agent/target_lock.hpp"

#include "agent/file_lock.hpp"
#include "agent/job_folder.hpp"
#include "agent/process_name.hpp"
#include "agent/run_folder.hpp"
#include "agent/stop_process.hpp"
#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/fields.hpp"
#include "common/job_order.hpp"
#include "common/os/file.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"

namespace agent {

using common::Error;
using common::Fields;
using common::Orders;
using common::Trouble;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view format = "soapstone-target-lock 1";
constexpr auto beyond_deadline = 10min; ///< an installer may hold its claim so much longer, see Jobs

struct Owner {
    std::string run;
    std::string manager; ///< user and machine, for people
    std::string since;
    std::uint64_t lease = 0; ///< s
    ProcessName agent;
};

std::optional<Owner> owner_in(const fs::path& file)
{
    try {
        const auto text = common::os::read_file_if_there(file, 64 << 10);
        if (!text || text->empty())
            return std::nullopt;
        const Fields fields = Fields::parse(*text, format);
        return Owner{fields.get("run"), fields.get("manager"), fields.get("since"), fields.number("lease"),
                     ProcessName::in(fields)};
    } catch (const Error&) {
        return std::nullopt; // just being written
    }
}

Error taken_by(const std::optional<Owner>& owner)
{
    if (!owner)
        return {Trouble::busy, "another run is about to work on this target", "try again in a moment"};
    return {Trouble::busy,
            "run " + owner->run + " of " + owner->manager + " has been working on this target since " +
                owner->since,
            "wait for it to end (its agent leaves " + std::to_string(owner->lease) +
                " s after it last heard of its manager), or stop it with --take-over"};
}

/// The component that an installer of another run is at work on; empty when there is none.
std::string installer_at_work(const fs::path& state, const std::string& run)
{
    std::error_code none;
    for (const auto& other : fs::directory_iterator(state, none)) {
        const std::string name = other.path().filename().string();
        if (name == run || !common::is_hex(name, 32))
            continue;
        for (const auto& job : fs::directory_iterator(RunFolder(state, name).jobs(), none)) {
            const std::optional<job_folder::Spec> spec = job_folder::read_spec(job.path());
            if (!spec)
                continue;
            const common::JobOrder order = common::JobOrder::parse(spec->order);
            if (job_folder::standing(job.path(), common::os::boot_id(), order.deadline + beyond_deadline) ==
                job_folder::Standing::running)
                return order.name + " of run " + name;
        }
    }
    return {};
}

void check_installers(const fs::path& state, const std::string& run)
{
    if (const std::string at_work = installer_at_work(state, run); !at_work.empty())
        throw Error(Trouble::busy, "the installer of " + at_work + " is at work on this target",
                    "wait for it to end; an installer is never broken off for another run");
}

} // namespace

TargetLock::TargetLock(const fs::path& state, const Orders& orders, const AgentLog& log)
    : file_{state / "lock", try_lock(state / "lock")}
{
    check_installers(state, orders.run);
    if (!file_.lock) {
        const std::optional<Owner> owner = owner_in(file_.path);
        if (!owner || (owner->run != orders.run && !orders.take_over))
            throw taken_by(owner);
        if (owner->run != orders.run) {
            log.about_to("stop the agent of run " + owner->run + ", process " +
                         std::to_string(owner->agent.pid) + ", because " + orders.manager + " says so");
            stop_process(owner->agent);
        }
        file_.lock = wait_for_lock(file_.path, 2s);
        if (!file_.lock)
            throw taken_by(owner_in(file_.path));
        check_installers(state, orders.run); // it may have begun one in its last moment
    }
    Fields record{std::string(format)};
    ProcessName::of_this_process().add_to(record);
    record.add("run", orders.run)
        .add("manager", orders.manager)
        .add("since", common::utc_now())
        .add("lease", static_cast<std::uint64_t>(orders.lease.count()));
    common::os::write_over(file_.lock.get(), record.text(), file_.path.string());
}

TargetLock::File::~File()
{
    if (!lock)
        return; // it is another agent's
    std::error_code problem;
    fs::remove(path,
               problem); // first the name: whoever locks the file afterwards sees that it is none any more
}

} // namespace agent
