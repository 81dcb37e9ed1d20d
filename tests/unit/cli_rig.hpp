#pragma once

#include "manager/cli/application.hpp"
#include "tests/support/scratch.hpp"

#include <sstream>
#include <string>
#include <vector>

namespace tests {

/// The program with its streams as strings, and a data folder of its own.
struct CliRig {
    Scratch scratch;
    std::string data = (scratch.path() / "data").string();
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    manager::cli::Workplace workplace{in,    out,   err,
                                      false, false, [](const std::string&) { return common::Secret("x"); }};

    int call(const std::vector<std::string>& words)
    {
        out.str("");
        err.str("");
        return static_cast<int>(manager::cli::run_application(words, workplace));
    }

    /// As call(), with the data folder named.
    int call_here(std::vector<std::string> words)
    {
        words.insert(words.end(), {"--data", data});
        return call(words);
    }
};

/// A run of `count` targets node1, node2, ... and no components.
inline manager::rollout::Run run_of(std::size_t count)
{
    manager::rollout::Run run;
    run.id = "41ab0000" + std::string(24, 'c');
    run.started = 1'930'123'456'000;
    run.targets.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        run.request.targets.emplace_back();
        run.request.targets.back().name = "node" + std::to_string(i + 1);
        run.request.targets.back().host = run.request.targets.back().name;
    }
    return run;
}

inline void end(manager::rollout::TargetState& state, manager::rollout::Outcome outcome,
                const std::string& text = {})
{
    state.phase = manager::rollout::Phase::done;
    state.outcome = outcome;
    state.verdict = outcome;
    state.text = text;
}

} // namespace tests
