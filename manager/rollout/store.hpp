#pragma once

#include "manager/rollout/run.hpp"

#include <optional>
#include <string>
#include <vector>

namespace manager::rollout {

/// One entry of a run's journal, for those who follow it.
struct RunEvent {
    std::uint64_t seq = 0; ///< rises by one within the run; given by the store
    std::int64_t time = 0; ///< ms since 1970
    std::optional<std::size_t> target;
    std::optional<Phase> phase;
    std::optional<Outcome> outcome;
    std::string output; ///< lines of a component
    std::string text;
};

/// A run's event in the journal of all runs.
struct JournalEntry {
    std::uint64_t position = 0; ///< rises in the order of storing
    std::string run;
    RunEvent event;
};

/// Stored runs, and those among them that this program cannot read: damaged, or of another version.
struct Listing {
    struct Unreadable {
        std::string id;
        std::string why;
    };
    std::vector<Run> runs;
    std::vector<Unreadable> unreadable;
};

/// Keeps runs so that a manager killed at any moment can go on: what is to be done is stored before it is
/// done. Any thread may call; every writing call is durable when it returns. Throws `common::Error`.
class Store {
public:
    virtual ~Store() = default;

    /// A new run with all its targets, waiting. The run belongs to this store's process until finish() or the
    /// end of the store.
    virtual void add(const Run& run) = 0;
    /// Takes over an unfinished run: raises its epoch and returns it. Throws `busy` when a living manager has
    /// it, `invalid` when it is finished or not known. It belongs to this process then, as after add().
    virtual Run take_over(const std::string& id) = 0;
    /// The state of several targets and the events that led there, in one durable step. Throws `denied` when
    /// another process has taken the run over since: it is not ours any more. So does finish().
    virtual void save(const Run& run, const std::vector<std::size_t>& changed,
                      const std::vector<RunEvent>& events) = 0;
    /// The run is over: `run.ended` is kept, and nobody can take it over any more.
    virtual void finish(const Run& run) = 0;

    virtual std::optional<Run> find(const std::string& id) const = 0;
    /// Whether a run is over; nothing when there is none. Cheap, however large the run is.
    virtual std::optional<bool> is_over(const std::string& id) const = 0;
    /// Newest first, without their targets' components; with `older_than`, those after that run. Throws
    /// `not_found` when there is no such run.
    virtual Listing list(std::size_t most, const std::string& older_than = {}) const = 0;
    /// The run whose id starts with `prefix`; the newest one for an empty prefix. Throws `invalid` when none
    /// or several match.
    virtual Run resolve(const std::string& prefix) const = 0;
    virtual std::vector<RunEvent> events(const std::string& id, std::uint64_t since,
                                         std::size_t most) const = 0;
    /// Events of all runs, from whatever process, after a position: in the order in which they became
    /// durable, so that none ever comes before one that was told.
    virtual std::vector<JournalEntry> journal(std::uint64_t since, std::size_t most) const = 0;
    /// The position of the newest event; 0: there is none.
    virtual std::uint64_t newest_position() const = 0;
    /// Another number than before when something was stored meanwhile, by whatever process. Cheap.
    virtual std::uint64_t revision() const = 0;
};

} // namespace manager::rollout
