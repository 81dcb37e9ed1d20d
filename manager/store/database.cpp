#include "manager/store/database.hpp"

#include "common/error.hpp"
#include "common/os/file_calls.hpp"

#include <cerrno>
#include <fcntl.h>

namespace manager::store {

namespace {

using common::Error;
using common::Trouble;
using common::os::Open;

constexpr int busy_milliseconds = 10'000;

/// SQLite makes its files by the umask; with the database made 0600, the log files follow it. One that is
/// there is not opened: closing it again would end the locks that this process holds on it by another
/// connection (fcntl(2)), and with them its write-ahead log, as soon as another process is done with it.
void make_file(const std::filesystem::path& path)
{
    const common::os::Descriptor file =
        common::os::try_open(path, Open::read | Open::write | Open::exclude | Open::no_link);
    if (!file && errno != EEXIST)
        throw common::system_error("making " + path.string());
}

Trouble trouble_of(int code)
{
    switch (code & 0xff) { // the rest of the bits are details
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return Trouble::busy;
    case SQLITE_MISUSE:
    case SQLITE_ERROR:
    case SQLITE_CONSTRAINT:
        return Trouble::defect;
    default:
        return Trouble::rejected;
    }
}

std::string hint_for(int code, const std::string& name)
{
    switch (code & 0xff) {
    case SQLITE_FULL:
        return "make room on the disk that holds " + name;
    case SQLITE_BUSY:
        return "another process has been writing to it for a long time";
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return "move " + name + " away to begin with an empty one; its runs cannot be resumed then";
    default:
        return {};
    }
}

} // namespace

Database::Database(const std::filesystem::path& path) : name_(path.string())
{
    make_file(path);
    sqlite3* handle = nullptr;
    const int code =
        sqlite3_open_v2(name_.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    handle_.reset(handle); // also after a failure, when it only holds the error
    if (code != SQLITE_OK)
        fail("opening", code);
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, busy_milliseconds);
    run("PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON");
}

void Database::run(const std::string& statements)
{
    const int code = sqlite3_exec(handle_.get(), statements.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        fail("using", code);
}

std::int64_t Database::number(const std::string& query)
{
    Statement statement(*this, query);
    return statement.step() ? statement.number(0) : 0;
}

std::string Database::text(const std::string& query)
{
    Statement statement(*this, query);
    return statement.step() ? statement.text(0) : std::string();
}

void Database::fail(std::string_view doing, int code) const
{
    const char* text = handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code);
    if (handle_ && sqlite3_system_errno(handle_.get()) == ENOSPC) { // SQLite itself only says "I/O error"
        text = sqlite3_errstr(SQLITE_FULL);
        code = SQLITE_FULL;
    }
    throw Error(trouble_of(code), std::string(doing) + " " + name_ + ": " + text, hint_for(code, name_));
}

Statement::Statement(const Database& database, std::string_view text) : database_(database)
{
    sqlite3_stmt* handle = nullptr;
    const int code =
        sqlite3_prepare_v2(database.handle(), text.data(), static_cast<int>(text.size()), &handle, nullptr);
    handle_.reset(handle);
    if (code != SQLITE_OK)
        database_.fail("using", code);
}

Statement& Statement::bind(std::int64_t value)
{
    if (const int code = sqlite3_bind_int64(handle_.get(), ++bound_, value); code != SQLITE_OK)
        database_.fail("writing", code);
    return *this;
}

Statement& Statement::bind(std::string_view value)
{
    const int code = sqlite3_bind_text64(handle_.get(), ++bound_, value.empty() ? "" : value.data(),
                                         value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    if (code != SQLITE_OK)
        database_.fail("writing", code);
    return *this;
}

Statement& Statement::bind(std::nullptr_t)
{
    if (const int code = sqlite3_bind_null(handle_.get(), ++bound_); code != SQLITE_OK)
        database_.fail("writing", code);
    return *this;
}

bool Statement::step()
{
    const int code = sqlite3_step(handle_.get());
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    // What sqlite3_step() says is what matters; reset() says it again.
    try {
        database_.fail(sqlite3_stmt_readonly(handle_.get()) != 0 ? "reading" : "writing", code);
    } catch (...) {
        reset();
        throw;
    }
}

void Statement::run()
{
    while (step()) {
    }
    reset();
}

void Statement::reset()
{
    static_cast<void>(sqlite3_reset(handle_.get()));
    bound_ = 0;
}

std::int64_t Statement::number(int column) const
{
    return sqlite3_column_int64(handle_.get(), column);
}

std::string Statement::text(int column) const
{
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column));
    return bytes == nullptr ? std::string() : std::string(bytes, size);
}

bool Statement::is_null(int column) const
{
    return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

Transaction::~Transaction()
{
    if (open_) // SQLite may have rolled back by itself, so that this fails
        static_cast<void>(sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr));
}

void Transaction::commit()
{
    database_.run("COMMIT");
    open_ = false;
}

} // namespace manager::store
