#pragma once

#include "manager/transport/shell/channel.hpp"

namespace manager::transport::local {

/// Runs command lines on this very machine, as the user that we are, with a clean environment.
class LocalConnector final : public shell::Connector {
public:
    std::unique_ptr<shell::Channel> open(const std::string& command, common::Deadline deadline) override;
};

} // namespace manager::transport::local
