#pragma once

#include <string>
#include <string_view>

namespace agent {

/// Named points in the order of durable steps at which a test lets the process die as by kill -9. Armed by the
/// orders, so only the one who starts an agent can do it; never by the environment.
class Failpoint {
public:
    explicit Failpoint(std::string armed = {}) : armed_(std::move(armed)) {}

    /// Dies here when this point is armed.
    void at(std::string_view name) const;

    const std::string& armed() const { return armed_; }

private:
    std::string armed_;
};

} // namespace agent
