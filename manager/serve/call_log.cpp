#include "manager/serve/call_log.hpp"

#include "common/clock.hpp"
#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"

#include <unistd.h>

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
    std::string bytes(1 << 16, '\0');
    for (;;) {
        const ssize_t size = ::read(file_.get(), bytes.data(), bytes.size());
        if (size < 0)
            throw common::system_error("reading " + path_.string());
        if (size == 0)
            break;
        chain_.take(std::string_view(bytes).substr(0, static_cast<std::size_t>(size)));
    }
    if (!chain_.first().empty())
        return;
    const std::string header = chain_.next(common::tls::LineChain::header("api", "calls"));
    common::os::write_all(file_.get(), header, path_.string());
    chain_.take(header);
}

void CallLog::add(const std::string& address, const std::string& caller, std::string_view operation,
                  std::string_view result)
{
    const std::string text = common::utc_now() + " call from=" + in_quotes(address) +
                             " caller=" + in_quotes(caller) + " operation=" + in_quotes(operation) +
                             " result=" + in_quotes(result);
    const std::lock_guard lock(mutex_);
    const std::string line = chain_.next(text);
    common::os::write_all(file_.get(), line, path_.string());
    chain_.take(line);
}

} // namespace manager::serve
