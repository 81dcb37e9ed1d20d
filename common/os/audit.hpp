#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace common::os {

/// Tells the system's log what was done here and for whom: a line of `key=value` for each step. On Linux to
/// journald or rsyslog, facility authpriv; on Windows to the event log "Application", source "Soapstone". A
/// machine without one, or whose log daemon hangs, loses the line and nothing else; nobody waits. Any thread.
class Audit {
public:
    using Facts = std::vector<std::pair<std::string, std::string>>;

    /// `program` is the name before each line; `always` stands in every line, behind the event. `socket` is
    /// Linux's.
    Audit(std::string program, Facts always, std::filesystem::path socket = "/dev/log");

    /// Values may come from anywhere: they cannot begin a line or another key.
    void tell(std::string_view event, const Facts& facts = {}) const;

    /// The same for what should not be: severity warning instead of notice.
    void warn(std::string_view event, const Facts& facts = {}) const;

    /// What tell() says, without the frame of syslog: `event=job_over state=failed text="exit code 1"`.
    std::string line(std::string_view event, const Facts& facts) const;

private:
    enum class Severity { notice, warning };
    void send(Severity severity, const std::string& line) const;

    std::string program_;
    Facts always_;
    std::filesystem::path socket_;
};

} // namespace common::os
