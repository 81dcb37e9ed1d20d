#include "agent/drain.hpp"
#include "agent/drain_process_windows.hpp"
#include "agent/own_mode_windows.hpp"
#include "common/error.hpp"
#include "common/fields.hpp"
#include "common/os/file.hpp"
#include "common/os/pipe.hpp"
#include "common/os/windows.hpp"

namespace agent {

using common::os::Descriptor;
using common::os::Handle;
using common::os::handle_of;
using common::os::Pipe;

namespace {

constexpr int most_starts = 3; // once the installer has ended

/// All that comes until the other end is closed.
std::string read_all(const Descriptor& pipe)
{
    std::string text;
    char buffer[4096];
    for (std::ptrdiff_t got = 0; (got = common::os::read_some(pipe.get(), buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<std::size_t>(got));
    return text;
}

} // namespace

class Drain::Inside {
public:
    Inside(std::filesystem::path log, std::filesystem::path ring)
        : log_(std::move(log)), ring_(std::move(ring)), output_(common::os::make_pipe())
    {
        start();
    }
    ~Inside() { ::TerminateProcess(process_.get(), 1); } // after finish() it has ended
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

    int input() const { return output_.write.get(); }
    pid_t pid() const { return static_cast<pid_t>(::GetProcessId(process_.get())); }

    void look()
    {
        if (::WaitForSingleObject(process_.get(), 0) != WAIT_OBJECT_0)
            return;
        try {
            start();
        } catch (const common::Error&) { // the next look tries again; until then the installer waits
        }
    }

    Drained finish();

private:
    void start();

    const std::filesystem::path log_;
    const std::filesystem::path ring_;
    Pipe output_;        ///< of the installer; we hold its reading end so that it outlives a drain
    Descriptor control_; ///< what we tell the process
    Descriptor answer_;  ///< what it tells us at its end
    Handle process_;
};

void Drain::Inside::start()
{
    Pipe control = common::os::make_pipe();
    Pipe answer = common::os::make_pipe();
    const Handle source = common::os::inheritable(handle_of(output_.read.get()));
    common::os::Spawn what = own_mode("drain");
    what.input = handle_of(control.read.get());
    what.output = handle_of(answer.write.get());
    what.kept = source.get();
    common::os::Spawned drain = common::os::spawn(what);
    if (!drain.process)
        throw common::os::windows_error("starting a process for the output", drain.error);
    control_ = std::move(control.write);
    answer_ = std::move(answer.read);
    process_ = std::move(drain.process);
    common::Fields orders{std::string(drain_orders)};
    orders.add("source", reinterpret_cast<std::uintptr_t>(source.get()))
        .add("log", log_.string())
        .add("ring", ring_.string());
    common::os::write_all(control_.get(), orders.text(), "the process for the output");
}

Drained Drain::Inside::finish()
{
    output_.write.close();
    for (int attempt = 0; attempt < most_starts; ++attempt) {
        try {
            common::os::write_all(control_.get(), end_word, "the process for the output");
            const common::Fields answer = common::Fields::parse(read_all(answer_), drain_answer);
            return {answer.number("bytes"), answer.number("dropped"), answer.get("tail")};
        } catch (const common::Error&) { // it was killed: another one takes what is left
            ::WaitForSingleObject(process_.get(), INFINITE);
            look();
        }
    }
    return {};
}

Drain::Drain(std::filesystem::path log, std::filesystem::path ring)
    : inside_(std::make_unique<Inside>(std::move(log), std::move(ring)))
{
}

Drain::~Drain() = default;

pid_t Drain::pid() const
{
    return inside_->pid();
}

int Drain::input() const
{
    return inside_->input();
}

void Drain::look()
{
    inside_->look();
}

Drained Drain::finish()
{
    return inside_->finish();
}

} // namespace agent
