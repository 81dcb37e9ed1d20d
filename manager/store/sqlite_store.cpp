#include "manager/store/sqlite_store.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/store/run_json.hpp"
#include "manager/store/schema.hpp"

namespace manager::store {

namespace {

using common::Error;
using common::Trouble;
using rollout::Run;
using rollout::RunEvent;

constexpr std::string_view put_target_text = "INSERT OR REPLACE INTO target VALUES (?, ?, ?)";

std::filesystem::path database_in(const std::filesystem::path& folder)
{
    return folder / "soapstone.db";
}

std::filesystem::path prepared(const std::filesystem::path& folder)
{
    common::os::make_private_folder(folder / "runs");
    return database_in(folder);
}

template <typename Named>
std::optional<std::string_view> name_or_null(const std::optional<Named>& value)
{
    return value ? std::optional(rollout::name_of(*value)) : std::nullopt;
}

/// The columns id, epoch, started, ended, request.
Run run_of(const Statement& row)
{
    Run run;
    run.id = row.text(0);
    run.epoch = static_cast<std::uint64_t>(row.number(1));
    run.started = row.number(2);
    run.ended = row.number(3);
    run.request = request_from_json(row.text(4));
    return run;
}

void put_events(Database& database, const Run& run, const std::vector<RunEvent>& events)
{
    Statement newest(database, "SELECT coalesce(max(seq), 0) FROM event WHERE run = ?");
    newest.bind(run.id).step();
    std::int64_t seq = newest.number(0);
    newest.reset();
    Statement put(database, "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    Statement tell(database, "INSERT INTO journal (run, seq) VALUES (?, ?)");
    for (const RunEvent& event : events) {
        put.bind(run.id).bind(++seq).bind(event.time);
        put.bind(event.target ? std::optional(static_cast<std::int64_t>(*event.target)) : std::nullopt);
        put.bind(name_or_null(event.phase)).bind(name_or_null(event.outcome));
        put.bind(event.output).bind(event.text).run();
        tell.bind(run.id).bind(seq).run();
    }
}

RunEvent event_of(const Statement& row)
{
    RunEvent event;
    event.seq = static_cast<std::uint64_t>(row.number(0));
    event.time = row.number(1);
    if (!row.is_null(2))
        event.target = static_cast<std::size_t>(row.number(2));
    event.phase = rollout::phase_named(row.text(3));
    event.outcome = rollout::outcome_named(row.text(4));
    event.output = row.text(5);
    event.text = row.text(6);
    return event;
}

Error unknown(const std::string& id)
{
    return {Trouble::invalid, "there is no run " + common::one_line(id, 40),
            "soapstone status lists the runs"};
}

} // namespace

SqliteStore::SqliteStore(const std::filesystem::path& folder)
    : folder_(folder), database_(prepared(folder)), onlooker_(database_in(folder))
{
    prepare(database_, database_in(folder).string());
}

bool SqliteStore::is_there(const std::filesystem::path& folder)
{
    std::error_code failure;
    const auto found = std::filesystem::status(database_in(folder), failure);
    return found.type() != std::filesystem::file_type::not_found; // what cannot be looked at may be one
}

void SqliteStore::add(const Run& run)
{
    const std::lock_guard lock(mutex_);
    RunLock run_lock = RunLock::take(folder_of(run.id));
    Transaction transaction(database_);
    Statement put(database_, "INSERT INTO run VALUES (?, ?, ?, ?, ?)");
    put.bind(run.id).bind(static_cast<std::int64_t>(run.epoch)).bind(run.started).bind(run.ended);
    put.bind(to_json(run.request)).run();
    Statement target(database_, put_target_text);
    for (std::size_t i = 0; i < run.request.targets.size(); ++i)
        put_target(target, run, i);
    transaction.commit();
    locks_.emplace(run.id, std::move(run_lock));
}

Run SqliteStore::take_over(const std::string& id)
{
    const std::lock_guard lock(mutex_);
    if (!common::is_hex(id, 32)) // it becomes part of a path
        throw unknown(id);
    if (!read(id))
        throw unknown(id);
    RunLock run_lock = RunLock::take(folder_of(id));
    Transaction transaction(database_);
    std::optional<Run> run = read(id); // again: its last owner may have gone on until it let go of the lock
    if (!run)
        throw unknown(id);
    if (run->ended != 0)
        throw Error(Trouble::invalid, "the run " + id.substr(0, 8) + " is finished");
    ++run->epoch;
    Statement raise(database_, "UPDATE run SET epoch = ? WHERE id = ?");
    raise.bind(static_cast<std::int64_t>(run->epoch)).bind(id).run();
    read_targets(*run);
    transaction.commit();
    locks_.insert_or_assign(id, std::move(run_lock));
    return std::move(*run);
}

void SqliteStore::save(const Run& run, const std::vector<std::size_t>& changed,
                       const std::vector<RunEvent>& events)
{
    const std::lock_guard lock(mutex_);
    Transaction transaction(database_);
    check_epoch(run);
    Statement put(database_, put_target_text);
    for (const std::size_t index : changed)
        put_target(put, run, index);
    put_events(database_, run, events);
    transaction.commit();
}

void SqliteStore::finish(const Run& run)
{
    const std::lock_guard lock(mutex_);
    Transaction transaction(database_);
    check_epoch(run);
    Statement put(database_, "UPDATE run SET ended = ? WHERE id = ?");
    put.bind(run.ended).bind(run.id).run();
    transaction.commit();
    locks_.erase(run.id);
}

void SqliteStore::let_go(const std::string& id)
{
    const std::lock_guard lock(mutex_);
    locks_.erase(id);
}

std::optional<Run> SqliteStore::find(const std::string& id) const
{
    const std::lock_guard lock(mutex_);
    std::optional<Run> run = read(id);
    if (run)
        read_targets(*run);
    return run;
}

std::optional<bool> SqliteStore::is_over(const std::string& id) const
{
    const std::lock_guard lock(mutex_);
    Statement query(database_, "SELECT ended FROM run WHERE id = ?");
    query.bind(id);
    return query.step() ? std::optional(query.number(0) != 0) : std::nullopt;
}

rollout::Listing SqliteStore::list(std::size_t most, const std::string& older_than) const
{
    const std::lock_guard lock(mutex_);
    std::optional<std::int64_t> begun;
    if (!older_than.empty()) {
        Statement known(database_, "SELECT started FROM run WHERE id = ?");
        if (!known.bind(older_than).step())
            throw Error(Trouble::not_found, "there is no run " + common::one_line(older_than, 40));
        begun = known.number(0);
    }
    Statement query(database_, "SELECT id, epoch, started, ended, request FROM run "
                               "WHERE ?1 IS NULL OR started < ?1 OR (started = ?1 AND id > ?2) "
                               "ORDER BY started DESC, id LIMIT ?3");
    query.bind(begun).bind(older_than).bind(static_cast<std::int64_t>(most));
    rollout::Listing listing;
    while (query.step())
        try {
            Run run = run_of(query);
            read_targets(run);
            for (rollout::TargetState& target : run.targets)
                target.components.clear();
            listing.runs.push_back(std::move(run));
        } catch (const Error& error) { // of this run only: the others can be listed all the same
            listing.unreadable.push_back({query.text(0), error.text()});
        }
    return listing;
}

Run SqliteStore::resolve(const std::string& prefix) const
{
    const std::lock_guard lock(mutex_);
    Statement query(database_,
                    "SELECT id, epoch, started, ended, request FROM run WHERE substr(id, 1, ?) = ? "
                    "ORDER BY started DESC, id LIMIT 2");
    query.bind(static_cast<std::int64_t>(prefix.size())).bind(prefix);
    if (!query.step())
        throw prefix.empty() ? Error(Trouble::invalid, "there is no run yet") : unknown(prefix);
    Run run = run_of(query);
    if (!prefix.empty() && query.step())
        throw Error(Trouble::invalid, "several runs begin with " + common::one_line(prefix, 40),
                    "give more of its digits");
    read_targets(run);
    return run;
}

std::vector<RunEvent> SqliteStore::events(const std::string& id, std::uint64_t since, std::size_t most) const
{
    const std::lock_guard lock(mutex_);
    Statement query(database_, "SELECT seq, time, target, phase, outcome, output, text FROM event "
                               "WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?");
    query.bind(id).bind(static_cast<std::int64_t>(since)).bind(static_cast<std::int64_t>(most));
    std::vector<RunEvent> events;
    while (query.step())
        events.push_back(event_of(query));
    return events;
}

std::vector<rollout::JournalEntry> SqliteStore::journal(std::uint64_t since, std::size_t most) const
{
    const std::lock_guard lock(mutex_);
    Statement query(database_,
                    "SELECT event.seq, time, target, phase, outcome, output, text, position, event.run "
                    "FROM journal JOIN event ON event.run = journal.run AND event.seq = journal.seq "
                    "WHERE position > ? ORDER BY position LIMIT ?");
    query.bind(static_cast<std::int64_t>(since)).bind(static_cast<std::int64_t>(most));
    std::vector<rollout::JournalEntry> entries;
    while (query.step())
        entries.push_back({static_cast<std::uint64_t>(query.number(7)), query.text(8), event_of(query)});
    return entries;
}

std::uint64_t SqliteStore::newest_position() const
{
    const std::lock_guard lock(mutex_);
    return static_cast<std::uint64_t>(database_.number("SELECT coalesce(max(position), 0) FROM journal"));
}

std::uint64_t SqliteStore::revision() const
{
    const std::lock_guard lock(watching_);
    return static_cast<std::uint64_t>(onlooker_.number("PRAGMA data_version"));
}

void SqliteStore::put_target(Statement& put, const Run& run, std::size_t index)
{
    const rollout::TargetState& state =
        index < run.targets.size() ? run.targets[index] : rollout::TargetState{};
    put.bind(run.id).bind(static_cast<std::int64_t>(index)).bind(to_json(state)).run();
}

/// Fencing: whoever was paused while another process took the run over must not write into it any more.
void SqliteStore::check_epoch(const Run& run)
{
    Statement query(database_, "SELECT epoch FROM run WHERE id = ?");
    if (!query.bind(run.id).step())
        throw unknown(run.id);
    if (query.number(0) != static_cast<std::int64_t>(run.epoch))
        throw Error(Trouble::denied, "another process has taken over the run " + run.id.substr(0, 8));
}

std::optional<Run> SqliteStore::read(const std::string& id) const
{
    Statement query(database_, "SELECT id, epoch, started, ended, request FROM run WHERE id = ?");
    if (!query.bind(id).step())
        return std::nullopt;
    return run_of(query);
}

void SqliteStore::read_targets(Run& run) const
{
    run.targets.assign(run.request.targets.size(), {});
    Statement query(database_, "SELECT number, state FROM target WHERE run = ?");
    query.bind(run.id);
    while (query.step()) {
        const auto number = static_cast<std::size_t>(query.number(0));
        if (number < run.targets.size())
            run.targets[number] = target_state_from_json(query.text(1));
    }
}

} // namespace manager::store
