#pragma once

#include "manager/serve/manager_service.hpp"

#include <filesystem>
#include <vector>

namespace manager::cli {

/// DIR/ports.json: on which ports `soapstone serve` really listens, for who wants to reach it. Goes with the
/// object.
class PortsFile {
public:
    PortsFile(const std::filesystem::path& data, const std::vector<serve::PortInUse>& ports);
    ~PortsFile();
    PortsFile(const PortsFile&) = delete;
    PortsFile& operator=(const PortsFile&) = delete;

private:
    std::filesystem::path file_;
};

} // namespace manager::cli
