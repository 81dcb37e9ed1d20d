#pragma once

#include "common/os/audit.hpp"
#include "common/secret.hpp"
#include "manager/bmc/image_server.hpp"
#include "manager/bmc/open.hpp"
#include "manager/bmc/update.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace manager::drivers {

/// What all BMC drivers of a run share; outlives them. Its parts are safe for any thread.
struct BmcSetting {
    common::Secret password;
    bmc::Trust trust;
    bmc::UpdatePace pace;
    std::string advertise;              ///< address by which BMCs reach us; empty: that which each sees
    std::filesystem::path folder;       ///< of the run
    std::vector<std::string> folders;   ///< of the targets in it, by index
    bmc::ImageServer* images = nullptr; ///< that BMCs fetch from; none: images are sent
    /// Keeps others from updating the BMC of that identity, as long as the result lives. Throws `busy`.
    std::function<std::shared_ptr<void>(const std::string& identity)> lock;
    std::function<void(std::size_t target, std::string text)> notice;
    std::function<void(std::size_t target, std::string text)> log; ///< for the run's own log alone
    /// Set: everything is looked at, and told here as a JSON object; any thread.
    std::function<void(std::size_t target, const std::string& details)> inventory{};
    common::os::Audit audit{"soapstone", {}};
};

} // namespace manager::drivers
