#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace common {

enum class Level { debug, info, warning, error };

/// Writes lines that stand alone:
/// `2031-05-04T09:14:07.231Z info run=41ab target=db-7 agent listens on 62287 (62286 was taken)`
///
/// Any thread may call. What others say must already be harmless: the log passes each line through
/// one_line().
class Log {
public:
    using Sink = std::function<void(const std::string& line)>; ///< gets a line without its newline

    explicit Log(Sink sink, Level least = Level::info, std::string context = {});

    void write(Level level, std::string_view sentence) const;
    void debug(std::string_view sentence) const { write(Level::debug, sentence); }
    void info(std::string_view sentence) const { write(Level::info, sentence); }
    void warning(std::string_view sentence) const { write(Level::warning, sentence); }
    void error(std::string_view sentence) const { write(Level::error, sentence); }

    /// The same log with `context` ("target=db-7") added to each line.
    Log with(std::string_view context) const;

private:
    struct Shared {
        std::mutex mutex;
        Sink sink;
    };

    std::shared_ptr<Shared> shared_;
    Level least_;
    std::string context_;
};

} // namespace common
