#include "agent/drain_process_windows.hpp"

#include "agent/output_log.hpp"
#include "agent/tail.hpp"
#include "common/clock.hpp"
#include "common/fields.hpp"
#include "common/os/file.hpp"
#include "common/os/windows.hpp"

#include <optional>

namespace agent {

using common::Deadline;
using common::Fields;
using common::os::Handle;

namespace {

constexpr std::chrono::seconds last_call{1};
constexpr DWORD pause = 10; // ms

Fields read_orders()
{
    std::string text;
    char letter = 0;
    while (!text.ends_with("\nend\n") && common::os::read_some(0, &letter, 1) == 1)
        text += letter;
    return Fields::parse(text, drain_orders);
}

/// Bytes that can be read without waiting; nothing when all who write have gone.
std::optional<DWORD> bytes_in(HANDLE pipe)
{
    DWORD bytes = 0;
    return ::PeekNamedPipe(pipe, nullptr, 0, nullptr, &bytes, nullptr) ? std::optional(bytes) : std::nullopt;
}

/// Everything from `source` goes to `log`, until nobody writes any more or, once a byte on `control` tells
/// that the installer ended, for one more second: a daemon that it left behind may hold the pipe for ever.
/// That `control` is closed without one means that the shim died: then only the end of the output counts.
void take_all(HANDLE source, HANDLE control, OutputLog& log, Tail& tail)
{
    static char buffer[64 << 10];
    std::optional<Deadline> end;
    while (!end || !end->passed()) {
        if (!end && bytes_in(control).value_or(0) > 0)
            end = Deadline::in(last_call);
        const std::optional<DWORD> ready = bytes_in(source);
        if (!ready)
            return;
        if (*ready == 0) {
            ::Sleep(pause);
            continue;
        }
        DWORD got = 0;
        if (!::ReadFile(source, buffer, sizeof buffer, &got, nullptr))
            return;
        log.add({buffer, got});
        tail.add({buffer, got});
    }
}

} // namespace

int drain_main()
{
    try {
        const Fields orders = read_orders();
        const Handle source(reinterpret_cast<HANDLE>(orders.number("source")));
        OutputLog log(orders.get("log"), orders.get("ring"));
        if (log.bytes() != 0)
            log.tell_gap();
        Tail tail;
        take_all(source.get(), ::GetStdHandle(STD_INPUT_HANDLE), log, tail);
        log.finish();
        Fields answer{std::string(drain_answer)};
        answer.add("bytes", log.bytes()).add("dropped", log.dropped()).add("tail", tail.text());
        common::os::write_all(1, answer.text(), "the answer");
        return 0;
    } catch (const std::exception&) {
        return 1;
    }
}

} // namespace agent
