#pragma once

#include "common/secret.hpp"
#include "manager/transport/ssh/control/line.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace manager::transport::ssh::child {

/// The manager has gone, or wants no more of this connection: nobody is left to be told anything.
struct ManagerGone {};

/// What the child cannot do itself and asks the manager for. Throws ManagerGone.
class ManagerQuestions {
public:
    explicit ManagerQuestions(control::Line& manager) : manager_(manager) {}

    /// The signature over `data` by the offer `offer` of the key `key` of the task.
    std::string sign(std::size_t key, std::size_t offer, std::string_view data);

    /// The login's password, fetched the first time that it is needed.
    const common::Secret& password();

private:
    control::Line& manager_;
    std::optional<common::Secret> password_;
};

/// The next message, which must be `word`. Throws ManagerGone, and `defect` for another word.
std::string expect(control::Line& manager, control::Word word);

/// Says something to the manager. Throws ManagerGone.
void tell(control::Line& manager, control::Word word, std::string_view body = {});

} // namespace manager::transport::ssh::child
