#pragma once

#include "common/os/descriptor.hpp"
#include "common/tls/line_chain.hpp"
#include "manager/serve/authority.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>

namespace manager::serve {

/// Who called what on the API, a line for each call: a file of chained lines, which `soapstone verify-log`
/// checks. Parameters are not in it. Any thread.
class CallLog {
public:
    /// Opens or makes `file` (0600).
    explicit CallLog(const std::filesystem::path& file);

    /// Throws when the line cannot be written.
    void add(const std::string& address, const Caller& caller, std::string_view operation,
             std::string_view result);

    /// Somebody who proved nothing. So that strangers cannot fill the disk there are at most
    /// refusals_a_minute such lines; the next one tells how many were left out.
    void add_refused(const std::string& address, std::string_view result,
                     std::chrono::steady_clock::time_point now);

    static constexpr unsigned refusals_a_minute = 60;

private:
    void read();
    void write(const std::string& text);
    void append(const std::string& text);

    const std::filesystem::path path_;
    const common::os::Descriptor file_;
    std::mutex mutex_;
    common::tls::LineChain chain_;
    bool is_read_ = false;                           ///< the chain is what the file holds
    std::chrono::steady_clock::time_point minute_{}; ///< when the one that counts began
    unsigned refusals_ = 0;                          ///< lines in it
    std::uint64_t left_out_ = 0;                     ///< refusals without a line since the last one
};

} // namespace manager::serve
