#pragma once

#include "common/os/descriptor.hpp"
#include "common/tls/line_chain.hpp"
#include "manager/serve/authority.hpp"

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

    /// `caller`: its name, or empty for somebody who proved nothing. Waits until the line is on the disk's
    /// way; throws when it cannot be written.
    void add(const std::string& address, const std::string& caller, std::string_view operation,
             std::string_view result);

private:
    const std::filesystem::path path_;
    const common::os::Descriptor file_;
    std::mutex mutex_;
    common::tls::LineChain chain_;
};

} // namespace manager::serve
