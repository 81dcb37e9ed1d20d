#pragma once

#include "common/tls/line_chain.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace manager::link {

/// What an agent said of its own log, over the link whose key we know.
struct LogHead {
    common::tls::ChainHead chain;
    std::optional<std::uint64_t> broken_at; ///< the first line that it found changed itself
};

/// What a kept `agent.log` turned out to be.
struct LogCheck {
    common::tls::ChainHead head; ///< of the file
    std::uint64_t torn = 0;      ///< lines that a crash tore, which is no harm
    std::string
        problem; ///< what follows "the log of web-1 ": "was changed after line 17"; empty: it is whole
};

/// What such a log must be, where we know it.
struct LogWish {
    std::string header; ///< its first line, see LineChain::header()
    LogHead head;
};

/// Looks at all lines of `file`; without a wish only at how they hang together. A file that is not there or
/// cannot be read is a problem, not an error.
LogCheck check_log(const std::filesystem::path& file, const std::optional<LogWish>& wish);

} // namespace manager::link
