#include "manager/store/schema.hpp"

#include "common/error.hpp"

#include <array>

namespace manager::store {

namespace {

/// What leads from version i to version i + 1. Only ever add to it: databases of every version are out there.
constexpr std::array migrations{
    R"(
    CREATE TABLE run (
        id      TEXT PRIMARY KEY,
        epoch   INTEGER NOT NULL,
        started INTEGER NOT NULL,
        ended   INTEGER NOT NULL,  -- ms since 1970; 0 = not yet
        request TEXT NOT NULL      -- JSON, see run_json.hpp
    ) WITHOUT ROWID;
    CREATE INDEX run_started ON run (started);
    CREATE TABLE target (
        run     TEXT NOT NULL REFERENCES run (id),
        number  INTEGER NOT NULL,  -- index in the request
        state   TEXT NOT NULL,     -- JSON
        PRIMARY KEY (run, number)
    ) WITHOUT ROWID;
    CREATE TABLE event (
        run     TEXT NOT NULL REFERENCES run (id),
        seq     INTEGER NOT NULL,
        time    INTEGER NOT NULL,  -- ms since 1970
        target  INTEGER,           -- its number
        phase   TEXT,
        outcome TEXT,
        output  TEXT NOT NULL,
        text    TEXT NOT NULL,
        PRIMARY KEY (run, seq)
    ) WITHOUT ROWID;
    )",
    // One writer at a time is the database's rule, so that positions become visible in their order.
    R"(
    CREATE TABLE journal (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        run      TEXT NOT NULL,
        seq      INTEGER NOT NULL,
        FOREIGN KEY (run, seq) REFERENCES event (run, seq)
    );
    INSERT INTO journal (run, seq) SELECT run, seq FROM event ORDER BY time, run, seq;
    )",
};

void refuse_newer(std::int64_t version, const std::string& name)
{
    if (version <= schema_version())
        return;
    throw common::Error(common::Trouble::rejected,
                        name + " was written by a newer version of this program (tables of version " +
                            std::to_string(version) + ", this one knows up to " +
                            std::to_string(schema_version()) + ")",
                        "use the newer program, or another data folder with --data");
}

void check(Database& database, const std::string& name)
{
    const std::string verdict = database.text("PRAGMA quick_check(1)");
    if (verdict != "ok")
        throw common::Error(common::Trouble::rejected, name + " is damaged: " + verdict,
                            "move it away to begin with an empty one; its runs cannot be resumed then");
}

} // namespace

std::int64_t schema_version()
{
    return static_cast<std::int64_t>(migrations.size());
}

void prepare(Database& database, const std::string& name)
{
    std::int64_t version = database.number("PRAGMA user_version");
    refuse_newer(version, name); // before anything is written
    check(database, name);
    if (database.text("PRAGMA journal_mode") != "wal")
        database.run("PRAGMA journal_mode=WAL");
    if (version == schema_version())
        return;
    Transaction transaction(database);
    version = database.number("PRAGMA user_version"); // another process may have been quicker
    refuse_newer(version, name);
    for (; version < schema_version(); ++version)
        database.run(migrations[static_cast<std::size_t>(version)]);
    database.run("PRAGMA user_version=" + std::to_string(schema_version()));
    transaction.commit();
}

} // namespace manager::store
