#include "common/log.hpp"

#include "common/clock.hpp"
#include "common/text.hpp"

namespace common {

namespace {

std::string_view name_of(Level level)
{
    switch (level) {
    case Level::debug:
        return "debug";
    case Level::info:
        return "info";
    case Level::warning:
        return "warning";
    case Level::error:
        return "error";
    }
    return "error";
}

} // namespace

Log::Log(Sink sink, Level least, std::string context)
    : shared_(std::make_shared<Shared>()), least_(least), context_(std::move(context))
{
    shared_->sink = std::move(sink);
}

void Log::write(Level level, std::string_view sentence) const
{
    if (level < least_)
        return;
    std::string line = utc_now();
    line += ' ';
    line += name_of(level);
    if (!context_.empty())
        line += ' ' + context_;
    line += ' ' + one_line(sentence, 2'000);
    const std::lock_guard lock(shared_->mutex);
    shared_->sink(line);
}

Log Log::with(std::string_view context) const
{
    Log copy = *this;
    if (!copy.context_.empty())
        copy.context_ += ' ';
    copy.context_ += context;
    return copy;
}

} // namespace common
