#pragma once

#include "common/os/descriptor.hpp"
#include "common/secret.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <thread>
#include <vector>

namespace manager::transport::openssh {

/// The answer to a question for `secret`, see Desk::Answer. In one piece: a string that grows leaves copies
/// behind.
std::string answer_with(const common::Secret& secret);

/// Where ssh and the programs that it starts put their questions: sockets that only this user can reach, and
/// that answer only processes of one session, the one of the ssh that we have started.
class Desk {
public:
    /// The answer to the words of a question of soapstone-askpass; is wiped after use. "-" stands for no
    /// answer. Nothing: the asker is left waiting, because an answer of any kind would go to the server.
    using Answer = std::function<std::optional<std::string>(const std::vector<std::string>& words)>;

    /// An ssh-agent of ours: where it listens, and what it answers to a request of the agent's protocol.
    struct Agent {
        std::filesystem::path socket;
        std::function<std::string(std::string_view request)> answer;
    };

    /// Listens at `socket` and for all `agents`. Answers are made by the desk's own thread.
    Desk(const std::filesystem::path& socket, Answer answer, std::vector<Agent> agents);
    Desk(const Desk&) = delete;
    Desk& operator=(const Desk&) = delete;
    ~Desk();

    /// Begins to answer the processes of `session`.
    void open(pid_t session);

private:
    struct Caller {
        common::os::Descriptor socket;
        std::size_t at = 0; ///< number of its listener
        std::string heard;
        bool waits = false; ///< for an answer that it does not get
    };

    void serve();
    void admit(std::size_t listener);
    bool hear(Caller& caller);
    bool answer_question(Caller& caller);
    bool answer_requests(Caller& caller);

    Answer answer_;
    std::vector<Agent> agents_;
    std::vector<common::os::Descriptor> listeners_; ///< the first is for questions, then one for each agent
    common::os::Descriptor stop_;
    std::vector<Caller> callers_;
    pid_t session_ = 0;
    std::thread thread_;
};

} // namespace manager::transport::openssh
