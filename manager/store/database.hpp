#pragma once

#include "common/owned.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace manager::store {

/// An SQLite database: write-ahead log, synchronous=FULL (a commit survives a power cut), foreign keys.
/// Errors tell the file. One thread at a time.
class Database {
public:
    /// Opens `path`, made 0600 when it is not there.
    explicit Database(const std::filesystem::path& path);

    /// Runs one or more statements that return nothing.
    void run(const std::string& statements);
    std::int64_t number(const std::string& query); ///< first column of the first row
    std::string text(const std::string& query);    ///< first column of the first row
    sqlite3* handle() const { return handle_.get(); }

    /// Throws what the last call on this database left as its error.
    [[noreturn]] void fail(std::string_view doing, int code) const;

private:
    std::string name_;
    common::Owned<sqlite3, sqlite3_close_v2> handle_;
};

/// A prepared statement; parameters are bound in their order.
class Statement {
public:
    Statement(const Database& database, std::string_view text);

    Statement& bind(std::int64_t value);
    Statement& bind(std::string_view value);
    Statement& bind(std::nullptr_t);
    template <typename Value>
    Statement& bind(const std::optional<Value>& value)
    {
        return value ? bind(*value) : bind(nullptr);
    }

    /// Goes to the next row; false when there is none.
    bool step();
    /// Runs it to its end and makes it ready for the next parameters.
    void run();
    void reset();

    std::int64_t number(int column) const;
    std::string text(int column) const; ///< empty for NULL
    bool is_null(int column) const;

private:
    const Database& database_;
    common::Owned<sqlite3_stmt, sqlite3_finalize> handle_;
    int bound_ = 0;
};

/// Several changes that happen together or not at all: rolled back unless commit() was reached.
class Transaction {
public:
    explicit Transaction(Database& database) : database_(database) { database_.run("BEGIN IMMEDIATE"); }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    void commit();

private:
    Database& database_;
    bool open_ = true;
};

} // namespace manager::store
