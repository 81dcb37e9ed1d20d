#pragma once

#include "manager/transport/process/child.hpp"
#include "manager/transport/shell/channel.hpp"

namespace manager::transport::process {

/// A channel whose far end is a child process: a shell of this machine, or a program that speaks SSH.
class ProcessChannel final : public shell::Channel {
public:
    /// exchange() also returns, perhaps with nothing, when one of `watched`, which the caller owns, can be
    /// read.
    explicit ProcessChannel(const Program& program, std::vector<int> watched = {})
        : child_(program), watched_(std::move(watched))
    {
    }

    shell::Progress exchange(std::string_view offered, common::Deadline deadline) override;
    int status(common::Deadline deadline) override { return child_.wait(deadline); }
    int stream() const override { return child_.stream().get(); }

    pid_t pid() const { return child_.pid(); }
    void kill() const { child_.kill(); } ///< without the moment that a child has to clean up

private:
    std::size_t write_some(std::string_view bytes);
    bool wait(bool to_write, common::Deadline deadline);

    Child child_;
    std::vector<int> watched_;
    bool input_open_ = true;
    bool output_open_ = true;
};

} // namespace manager::transport::process
