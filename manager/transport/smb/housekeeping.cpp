#include "manager/transport/smb/housekeeping.hpp"

#include "common/error.hpp"
#include "common/text.hpp"
#include "manager/transport/smb/places.hpp"

#include <algorithm>
#include <optional>
#include <thread>

namespace manager::transport::smb {

using common::Deadline;
using common::Error;
using common::Fields;
using common::Trouble;
using namespace std::chrono_literals;
namespace ask = control::ask;

namespace {

constexpr auto between_tries = 200ms;
constexpr auto stop_limit = 20s; ///< the agent takes 15 s at most
constexpr std::size_t most_lock = 4 << 10;

struct Entry {
    std::string path;
    bool folder;

    std::string text() const { return (folder ? "folder " : "file ") + shown(path); }
};

struct Service {
    std::string name;
    std::string run;
};

/// Names that a hostile target could send to lead us out of the folder are left alone.
bool is_plain(const std::string& name)
{
    return !name.empty() && name != "." && name != ".." && name.find_first_of("/\\") == std::string::npos;
}

/// One target's things of ours.
class Household {
public:
    Household(HelperProcess& helper, std::string run, Deadline deadline)
        : helper_(helper), run_(std::move(run)), deadline_(deadline)
    {
    }

    /// Services of the run, by what they would start: a name alone could be anybody's.
    std::vector<Service> services()
    {
        const Fields answer =
            helper_.ask(wish(ask::services).add("prefix", service_prefix), deadline_).fields;
        const std::vector<std::string> names = answer.all("name");
        const std::vector<std::string> commands = answer.all("command");
        std::vector<Service> found;
        for (std::size_t i = 0; i < std::min(names.size(), commands.size()); ++i) {
            const std::string run = run_in_command(commands[i]);
            if (!run.empty() && (run_.empty() || run == run_))
                found.push_back({names[i], run});
        }
        return found;
    }

    std::string state_of(const std::string& service)
    {
        return helper_.ask(wish(ask::service).add("name", service), deadline_).fields.get_or("state", "");
    }

    std::vector<std::string> runs()
    {
        if (!run_.empty())
            return {run_};
        std::vector<std::string> found;
        for (const Entry& entry : entries(std::string(state_folder)))
            if (const std::string name = entry.path.substr(state_folder.size() + 1);
                entry.folder && common::is_hex(name, name.size()))
                found.push_back(name);
        return found;
    }

    std::vector<Entry> entries(const std::string& folder)
    {
        const Fields answer = helper_.ask(wish(ask::list).add("path", folder), deadline_).fields;
        std::vector<Entry> found;
        for (const bool is_folder : {true, false})
            for (const std::string& name : answer.all(is_folder ? "folder" : "file"))
                if (is_plain(name))
                    found.push_back({folder + '/' + name, is_folder});
        return found;
    }

    /// What lies there besides logs and journal; the lock, too, when an agent of the run has made it.
    std::vector<Entry> remains()
    {
        std::vector<Entry> found;
        for (const std::string& run : runs())
            for (const Entry& entry : entries(run_folder(run)))
                if (!stays(name_of(entry)))
                    found.push_back(entry);
        const Entry lock{std::string(state_folder) + "/lock", false};
        if (is_ours(lock))
            found.push_back(lock);
        return found;
    }

    bool has_logs()
    {
        for (const std::string& run : runs())
            for (const Entry& entry : entries(run_folder(run)))
                if (name_of(entry) == "logs")
                    return true;
        return false;
    }

    void remove(const std::string& path) { helper_.ask(wish(ask::remove).add("path", path), deadline_); }

    /// Stops it and deletes its entry, also where it cannot be told to stop: its process may just have died.
    /// Throws what went wrong.
    void remove(const Service& service)
    {
        const Deadline limit = deadline_.or_before(Deadline::in(stop_limit));
        const std::optional<Error> refusal = stop(service.name, limit);
        std::string state = state_of(service.name);
        for (; !state.empty() && state != service_stopped && !limit.passed(); state = state_of(service.name))
            std::this_thread::sleep_for(between_tries);
        helper_.ask(wish(ask::delete_service).add("name", service.name), deadline_);
        if (!state.empty() && state != service_stopped)
            throw refusal.value_or(Error(Trouble::busy, "it does not stop", "end its process on the target"));
    }

private:
    /// Tells it to stop until it takes that. Returns why it does not.
    std::optional<Error> stop(const std::string& service, Deadline limit)
    {
        const Fields order = wish(ask::stop_service).add("name", service);
        try {
            while (!helper_.ask(order, deadline_).fields.get_or("again", "").empty() && !limit.passed())
                std::this_thread::sleep_for(between_tries);
            return std::nullopt;
        } catch (const Error& error) {
            if (error.trouble() == Trouble::unreachable)
                throw;
            return error;
        }
    }

    static std::string name_of(const Entry& entry) { return entry.path.substr(entry.path.rfind('/') + 1); }

    bool is_ours(const Entry& lock)
    {
        const control::Message answer =
            helper_.ask(wish(ask::get).add("path", lock.path).add("most", most_lock), deadline_);
        if (answer.fields.get_or("there", "").empty())
            return false;
        return run_.empty() || answer.data.find("\nrun " + run_ + '\n') != std::string::npos;
    }

    HelperProcess& helper_;
    std::string run_;
    Deadline deadline_;
};

} // namespace

Remains look_for_leftovers(HelperProcess& helper, const std::string& run, bool whole, Deadline deadline)
{
    Household household(helper, run, deadline);
    Remains remains;
    for (const Service& service : household.services())
        remains.left.push_back("service " + common::one_line(service.name, 100) + " of run " + service.run);
    for (const Entry& entry : household.remains())
        remains.left.push_back(entry.text());
    remains.logs = household.has_logs();
    if (whole)
        for (const Entry& entry : household.entries(std::string(state_folder)))
            if (entry.path == run_folder(run))
                remains.left.push_back(entry.text());
    return remains;
}

Swept sweep_away(HelperProcess& helper, const std::string& run, Deadline deadline)
{
    Household household(helper, run, deadline);
    Swept swept;
    const auto take = [&](const std::string& what, const auto& thing) {
        try {
            household.remove(thing);
            swept.removed.push_back(what);
        } catch (const Error& error) {
            if (error.trouble() == Trouble::unreachable)
                throw;
            swept.kept.push_back(what + ": " + error.text());
        }
    };
    for (const Service& service : household.services())
        take("service " + common::one_line(service.name, 100), service);
    for (const Entry& entry : household.remains())
        if (is_port_record(entry.path.substr(entry.path.rfind('/') + 1)))
            swept.kept.push_back(entry.text() +
                                 ": it tells of a port in the target's firewall, which the next agent there "
                                 "closes, that of 'soapstone inventory' for one");
        else
            take(entry.text(), entry.path);
    return swept;
}

} // namespace manager::transport::smb
