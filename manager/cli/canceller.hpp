#pragma once

#include "manager/cli/progress.hpp"

#include <functional>
#include <mutex>
#include <string>

namespace manager::cli {

/// Takes signals to a run that may not be there yet: those that come too early are kept for it.
class Canceller {
public:
    /// What is said; `at_once` when the third signal comes.
    struct Words {
        std::string first =
            "stopping: nothing new is begun, what runs on targets may finish; once more ends it";
        std::string second = "ending what runs on targets; once more leaves at once";
        std::string at_once = "leaving at once; agents remove themselves. To go on: soapstone resume";
    };

    Canceller() = default;
    explicit Canceller(Words words) : words_(std::move(words)) {}

    void speak_through(Progress* progress);

    /// The third one leaves at once: something hangs that should not.
    void signal(int number);

    void ask_to_stop();

    /// From now on `cancel` is called for each wish to stop, and at once for those before; empty: the run and
    /// what is spoken through go away now.
    void attach(std::function<void()> cancel);

private:
    const Words words_;
    std::mutex mutex_;
    Progress* progress_ = nullptr;
    std::function<void()> cancel_;
    int count_ = 0;
};

/// While it lives the run can be cancelled.
class Attached {
public:
    Attached(Canceller& canceller, std::function<void()> cancel) : canceller_(canceller)
    {
        canceller.attach(std::move(cancel));
    }
    ~Attached() { canceller_.attach({}); }
    Attached(const Attached&) = delete;
    Attached& operator=(const Attached&) = delete;

private:
    Canceller& canceller_;
};

} // namespace manager::cli
