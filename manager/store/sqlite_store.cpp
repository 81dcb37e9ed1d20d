#include "manager/store/sqlite_store.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/store/run_json.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>

namespace manager::store {

using common::Error;
using common::Trouble;

namespace {

std::filesystem::path made(const std::filesystem::path& folder)
{
    common::os::make_private_folder(folder);
    return folder;
}

rollout::RunEvent event_in(const Statement& row)
{
    rollout::RunEvent event;
    event.seq = static_cast<std::uint64_t>(row.number(0));
    event.time = row.number(1);
    if (!row.is_nothing(2))
        event.target = static_cast<std::size_t>(row.number(2));
    event.phase = rollout::phase_named(row.text(3));
    event.outcome = rollout::outcome_named(row.text(4));
    event.output = row.text(5);
    event.text = row.text(6);
    return event;
}

} // namespace

SqliteStore::SqliteStore(const std::filesystem::path& data_folder)
    : folder_(made(std::filesystem::absolute(data_folder))), database_(folder_ / "soapstone.db")
{
}

void SqliteStore::own(const std::string& id)
{
    made(folder_of(id));
    common::os::Descriptor lock = common::os::open_file(folder_of(id) / "lock", O_RDWR | O_CREAT);
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
        throw Error(Trouble::busy, "run " + id.substr(0, 8) + " is being worked on by another soapstone",
                    "wait for it, or stop that process");
    locks_.insert_or_assign(id, std::move(lock));
}

bool SqliteStore::is_owned(const std::string& id) const
{
    const common::os::Descriptor lock(::open((folder_of(id) / "lock").c_str(), O_RDWR | O_CLOEXEC));
    return lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

void SqliteStore::add(const rollout::Run& run)
{
    const std::lock_guard lock(mutex_);
    own(run.id);
    database_.transaction([&] {
        database_.prepare("INSERT INTO run (id, epoch, started, ended, request) VALUES (?, ?, ?, ?, ?)")
            .bind(run.id)
            .bind(static_cast<std::int64_t>(run.epoch))
            .bind(run.started)
            .bind(run.ended)
            .bind(to_json(run.request))
            .run();
        for (std::size_t i = 0; i < run.targets.size(); ++i)
            put_target(run, i);
    });
}

rollout::Run SqliteStore::take_over(const std::string& id)
{
    const std::lock_guard lock(mutex_);
    std::optional<rollout::Run> run = load(id);
    if (!run)
        throw Error(Trouble::invalid, "there is no run " + id, "soapstone status lists the runs");
    if (run->ended != 0)
        throw Error(Trouble::invalid, "run " + id.substr(0, 8) + " is finished; there is nothing to resume");
    own(id);
    ++run->epoch;
    database_.prepare("UPDATE run SET epoch = ? WHERE id = ?")
        .bind(static_cast<std::int64_t>(run->epoch))
        .bind(id)
        .run();
    return *run;
}

void SqliteStore::put_target(const rollout::Run& run, std::size_t number)
{
    database_.prepare("INSERT OR REPLACE INTO target (run, number, state) VALUES (?, ?, ?)")
        .bind(run.id)
        .bind(static_cast<std::int64_t>(number))
        .bind(to_json(run.targets[number]))
        .run();
}

void SqliteStore::put_event(const std::string& id, std::int64_t seq, const rollout::RunEvent& event)
{
    Statement insert =
        database_.prepare("INSERT INTO event (run, seq, time, target, phase, outcome, output, text)"
                          " VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(id).bind(seq).bind(event.time);
    event.target ? insert.bind(static_cast<std::int64_t>(*event.target)) : insert.bind_nothing();
    event.phase ? insert.bind(rollout::name_of(*event.phase)) : insert.bind_nothing();
    event.outcome ? insert.bind(rollout::name_of(*event.outcome)) : insert.bind_nothing();
    insert.bind(event.output).bind(event.text).run();
}

void SqliteStore::save(const rollout::Run& run, const std::vector<std::size_t>& changed,
                       const std::vector<rollout::RunEvent>& events)
{
    const std::lock_guard lock(mutex_);
    database_.transaction([&] {
        for (const std::size_t number : changed)
            put_target(run, number);
        Statement newest = database_.prepare("SELECT coalesce(max(seq), 0) FROM event WHERE run = ?");
        newest.bind(run.id).step();
        std::int64_t seq = newest.number(0);
        for (const rollout::RunEvent& event : events)
            put_event(run.id, ++seq, event);
    });
}

void SqliteStore::finish(const rollout::Run& run)
{
    const std::lock_guard lock(mutex_);
    database_.prepare("UPDATE run SET ended = ? WHERE id = ?").bind(run.ended).bind(run.id).run();
    locks_.erase(run.id);
}

std::optional<rollout::Run> SqliteStore::load(const std::string& id) const
{
    Statement row = database_.prepare("SELECT epoch, started, ended, request FROM run WHERE id = ?");
    if (!row.bind(id).step())
        return std::nullopt;
    rollout::Run run;
    run.id = id;
    run.epoch = static_cast<std::uint64_t>(row.number(0));
    run.started = row.number(1);
    run.ended = row.number(2);
    run.request = request_from_json(row.text(3));
    Statement target = database_.prepare("SELECT state FROM target WHERE run = ? ORDER BY number");
    target.bind(id);
    while (target.step())
        run.targets.push_back(target_state_from_json(target.text(0)));
    return run;
}

std::optional<rollout::Run> SqliteStore::find(const std::string& id) const
{
    const std::lock_guard lock(mutex_);
    return load(id);
}

std::vector<rollout::Run> SqliteStore::list(std::size_t most) const
{
    const std::lock_guard lock(mutex_);
    Statement row = database_.prepare("SELECT id FROM run ORDER BY started DESC, id LIMIT ?");
    row.bind(static_cast<std::int64_t>(most));
    std::vector<rollout::Run> runs;
    while (row.step())
        runs.push_back(load(row.text(0)).value());
    return runs;
}

rollout::Run SqliteStore::resolve(const std::string& prefix) const
{
    if (!prefix.empty() && !common::is_hex(prefix, prefix.size()))
        throw Error(Trouble::invalid,
                    "\"" + common::one_line(prefix, 60) + "\" is not the beginning of a run's id",
                    "soapstone status lists the runs");
    const std::lock_guard lock(mutex_);
    Statement row = database_.prepare("SELECT id FROM run WHERE id GLOB ? ORDER BY started DESC LIMIT 2");
    row.bind(prefix + "*");
    if (!row.step())
        throw Error(Trouble::invalid,
                    prefix.empty() ? "there is no run yet" : "there is no run whose id begins with " + prefix,
                    "soapstone status lists the runs");
    const std::string id = row.text(0);
    if (!prefix.empty() && row.step())
        throw Error(Trouble::invalid, "several runs begin with " + prefix, "give more of the id");
    return load(id).value();
}

std::vector<rollout::RunEvent> SqliteStore::events(const std::string& id, std::uint64_t since,
                                                   std::size_t most) const
{
    const std::lock_guard lock(mutex_);
    Statement row = database_.prepare("SELECT seq, time, target, phase, outcome, output, text FROM event"
                                      " WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?");
    row.bind(id).bind(static_cast<std::int64_t>(since)).bind(static_cast<std::int64_t>(most));
    std::vector<rollout::RunEvent> events;
    while (row.step())
        events.push_back(event_in(row));
    return events;
}

} // namespace manager::store
