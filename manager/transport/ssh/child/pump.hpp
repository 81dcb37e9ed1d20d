#pragma once

#include "manager/transport/ssh/child/command.hpp"

#include <poll.h>
#include <string>
#include <vector>

namespace manager::transport::ssh::child {

/// The descriptors of the child's own streams; all are sockets to the manager.
struct Streams {
    int input = 0;
    int output = 1;
    int problems = 2;
};

/// Carries bytes between the child's streams and a command until the command's are at their end. It always
/// takes what either side gives, so that two sides that both write never wait for each other.
class Pump {
public:
    Pump(const Session& session, Command& command, const Streams& streams)
        : session_(session), command_(command),
          input_(streams.input), outlets_{{streams.output, Command::output, {}},
                                          {streams.problems, Command::problems, {}}}
    {
    }

    /// Throws `unreachable` when the line breaks, ManagerGone when the manager does.
    void run();

private:
    /// One of the command's streams on its way to the manager.
    struct Outlet {
        int descriptor;
        int stream;
        std::string waiting; ///< bytes that the manager has not yet taken
    };

    bool feed();
    bool take_input();
    bool drain(Outlet& outlet);
    bool done() const;
    void wait();

    const Session& session_;
    Command& command_;
    int input_;
    bool input_open_ = true;
    bool input_ended_ = false; ///< and the server knows
    std::string offered_;      ///< unchanged until all of it is sent, as libssh2 demands
    std::size_t sent_ = 0;     ///< bytes of it
    Outlet outlets_[2];
};

} // namespace manager::transport::ssh::child
