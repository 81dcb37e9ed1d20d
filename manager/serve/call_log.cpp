#include "manager/serve/call_log.hpp"

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"

#include <unistd.h>
#include <utility>

namespace manager::serve {

namespace {

using common::os::Open;

std::string in_quotes(std::string_view text)
{
    std::string out = "\"";
    for (const char c : common::one_line(std::string(text), 200))
        out += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
    return out + '"';
}

} // namespace

CallLog::CallLog(const std::filesystem::path& file)
    : path_(file), file_(common::os::open_file(file, Open::read | Open::write | Open::append | Open::create |
                                                         Open::no_link))
{
    read();
    if (chain_.first().empty())
        append(common::tls::LineChain::header("api", "calls"));
}

void CallLog::read()
{
    chain_ = {};
    std::string bytes(1 << 16, '\0');
    for (off_t offset = 0;;) {
        const ssize_t size = ::pread(file_.get(), bytes.data(), bytes.size(), offset);
        if (size < 0)
            throw common::system_error("reading " + path_.string());
        if (size == 0)
            break;
        chain_.take(std::string_view(bytes).substr(0, static_cast<std::size_t>(size)));
        offset += size;
    }
    is_read_ = true;
}

void CallLog::add(const std::string& address, const Caller& caller, std::string_view operation,
                  std::string_view result)
{
    const std::lock_guard lock(mutex_);
    write("call from=" + in_quotes(address) + " caller=" + in_quotes(caller.name) + " token=" +
          in_quotes(caller.token) + " operation=" + in_quotes(operation) + " result=" + in_quotes(result));
}

void CallLog::add_refused(const std::string& address, std::string_view result,
                          std::chrono::steady_clock::time_point now)
{
    const std::lock_guard lock(mutex_);
    if (now - minute_ >= std::chrono::minutes(1)) {
        minute_ = now;
        refusals_ = 0;
    }
    if (++refusals_ > refusals_a_minute) {
        ++left_out_;
        return;
    }
    const std::uint64_t left_out = std::exchange(left_out_, 0);
    write("refused from=" + in_quotes(address) + " result=" + in_quotes(result) +
          (left_out == 0 ? "" : " left-out=\"" + std::to_string(left_out) + '"'));
}

/// With the mutex held.
void CallLog::write(const std::string& text)
{
    append(common::utc_now() + ' ' + text);
}

/// Of a line that does not fit on the disk some bytes may stand there: only the file knows.
void CallLog::append(const std::string& text)
{
    if (!is_read_)
        read();
    const std::string line = chain_.next(text);
    is_read_ = false;
    common::os::write_all(file_.get(), line, path_.string());
    chain_.take(line);
    is_read_ = true;
}

} // namespace manager::serve
