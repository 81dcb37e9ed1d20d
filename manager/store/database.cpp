#include "manager/store/database.hpp"

#include "common/error.hpp"

#include <array>
#include <sys/stat.h>

namespace manager::store {

namespace {

constexpr int busy_limit_ms = 10'000;

/// What each version of the schema adds to the one before. Never change an entry; add one.
constexpr std::array migrations{
    "CREATE TABLE run (id TEXT PRIMARY KEY, epoch INTEGER NOT NULL, started INTEGER NOT NULL, ended INTEGER "
    "NOT NULL,"
    " request TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX run_started ON run (started);"
    "CREATE TABLE target (run TEXT NOT NULL REFERENCES run (id), number INTEGER NOT NULL, state TEXT NOT "
    "NULL,"
    " PRIMARY KEY (run, number)) WITHOUT ROWID;"
    "CREATE TABLE event (run TEXT NOT NULL REFERENCES run (id), seq INTEGER NOT NULL, time INTEGER NOT NULL,"
    " target INTEGER, phase TEXT, outcome TEXT, output TEXT NOT NULL, text TEXT NOT NULL,"
    " PRIMARY KEY (run, seq)) WITHOUT ROWID;",
};

[[noreturn]] void fail(sqlite3* database, const std::string& doing)
{
    const int code = sqlite3_errcode(database);
    const auto trouble =
        code == SQLITE_BUSY || code == SQLITE_LOCKED ? common::Trouble::busy : common::Trouble::rejected;
    throw common::Error(trouble, doing + ": " + sqlite3_errmsg(database),
                        code == SQLITE_FULL ? "free some room there" : "");
}

} // namespace

Statement::Statement(sqlite3* database, std::string_view sql) : database_(database)
{
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()), &statement, nullptr));
    statement_.reset(statement);
}

void Statement::check(int result) const
{
    if (result != SQLITE_OK && result != SQLITE_ROW && result != SQLITE_DONE)
        fail(database_, std::string("storing in ") + sqlite3_db_filename(database_, nullptr));
}

Statement& Statement::bind(std::int64_t value)
{
    check(sqlite3_bind_int64(statement_.get(), ++bound_, value));
    return *this;
}

Statement& Statement::bind(std::string_view value)
{
    check(sqlite3_bind_text64(statement_.get(), ++bound_, value.data(), value.size(), SQLITE_TRANSIENT,
                              SQLITE_UTF8));
    return *this;
}

Statement& Statement::bind_nothing()
{
    check(sqlite3_bind_null(statement_.get(), ++bound_));
    return *this;
}

bool Statement::step()
{
    const int result = sqlite3_step(statement_.get());
    check(result);
    return result == SQLITE_ROW;
}

void Statement::run()
{
    while (step()) {
    }
}

std::int64_t Statement::number(int column) const
{
    return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::text(int column) const
{
    const unsigned char* text = sqlite3_column_text(statement_.get(), column);
    const int size = sqlite3_column_bytes(statement_.get(), column);
    return text ? std::string(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size))
                : std::string();
}

bool Statement::is_nothing(int column) const
{
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

Database::Database(const std::filesystem::path& file) : file_(file)
{
    const mode_t before = ::umask(077); // SQLite makes its files itself
    sqlite3* database = nullptr;
    const int opened = sqlite3_open_v2(
        file.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, nullptr);
    database_.reset(database);
    if (opened == SQLITE_OK) {
        sqlite3_busy_timeout(database, busy_limit_ms);
        sqlite3_exec(database, "PRAGMA journal_mode=WAL", nullptr, nullptr, nullptr);
    }
    ::umask(before);
    if (opened != SQLITE_OK)
        fail(database, "opening " + file.string());
    execute("PRAGMA synchronous=FULL");
    execute("PRAGMA foreign_keys=ON");
    migrate();
}

void Database::execute(const char* sql)
{
    if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        fail(database_.get(), "storing in " + file_.string());
}

void Database::migrate()
{
    const auto newest = static_cast<std::int64_t>(migrations.size());
    const auto version = [&] {
        Statement statement = prepare("PRAGMA user_version");
        statement.step();
        return statement.number(0);
    };
    if (version() > newest)
        throw common::Error(common::Trouble::invalid,
                            file_.string() + " was made by a newer soapstone and was left untouched",
                            "use that version, or another --data folder");
    if (version() == newest)
        return;
    transaction([&] {
        for (std::int64_t i = version(); i < newest; ++i) // asked again: another process may have been faster
            execute(migrations[static_cast<std::size_t>(i)]);
        execute(("PRAGMA user_version=" + std::to_string(newest)).c_str());
    });
}

} // namespace manager::store
