#pragma once

#include "manager/cli/command.hpp"
#include "manager/rollout/store.hpp"

#include <string>

namespace manager::cli {

/// The operand that names a run by the beginning of its id; `latest` is the newest one.
class RunOperand {
public:
    void declare(po::options_description& options, po::positional_options_description& operands)
    {
        options.add_options()("run", po::value(&word_)->value_name("RUN"),
                              "beginning of its id, or 'latest'");
        operands.add("run", 1);
    }

    bool is_given() const { return !word_.empty(); }
    /// Throws `invalid` when there is none, or several are meant.
    rollout::Run find(const rollout::Store& store) const
    {
        return store.resolve(word_ == "latest" ? "" : word_);
    }

private:
    std::string word_;
};

} // namespace manager::cli
