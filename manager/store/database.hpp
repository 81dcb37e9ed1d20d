#pragma once

#include "common/owned.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace manager::store {

/// One prepared statement: bind in order, step through rows, read columns in order. One thread at a time.
class Statement {
public:
    Statement(sqlite3* database, std::string_view sql);

    Statement& bind(std::int64_t value);
    Statement& bind(std::string_view value);
    Statement& bind_nothing();

    bool step(); ///< true: there is a row
    void run();  ///< for statements without rows

    std::int64_t number(int column) const;
    std::string text(int column) const;
    bool is_nothing(int column) const;

private:
    void check(int result) const;

    sqlite3* database_;
    common::Owned<sqlite3_stmt, sqlite3_finalize> statement_;
    int bound_ = 0;
};

/// The file: WAL, synchronous=FULL, so a transaction that has ended survives a power cut. Throws
/// common::Error that names the file. One thread at a time.
class Database {
public:
    explicit Database(const std::filesystem::path& file);

    Statement prepare(std::string_view sql) { return {database_.get(), sql}; }
    void execute(const char* sql);

    /// Runs `step` as one transaction: all of it, or nothing when it throws.
    template <typename Step>
    void transaction(Step&& step)
    {
        execute("BEGIN IMMEDIATE");
        try {
            step();
            execute("COMMIT");
        } catch (...) {
            sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
            throw;
        }
    }

private:
    void migrate();

    std::filesystem::path file_;
    common::Owned<sqlite3, sqlite3_close_v2> database_;
};

} // namespace manager::store
