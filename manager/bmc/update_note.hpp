#pragma once

#include "manager/bmc/bmc.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace manager::bmc {

/// How far an update is.
enum class UpdateState {
    planned,    ///< nothing has gone to the BMC
    delivering, ///< the image is on its way
    applying,   ///< the BMC has, or may have, all it needs
    restarting, ///< it does not answer
    verifying,  ///< it answers; its version is being looked at
    done,
};

/// How an update ended.
enum class UpdateEnd {
    confirmed,      ///< the inventory showed the new version, several times in a row
    waits_for_host, ///< the BMC does the rest when its host reboots
    failed,         ///< the BMC says so, or nothing went to it
    not_verified,   ///< the BMC took the image and steadily shows another version
    unconfirmed,    ///< the BMC took the image, and nobody can tell what came of it
    cancelled,      ///< before the BMC had all of the image
};

std::string_view name_of(UpdateState state);
std::string_view name_of(UpdateEnd end);

/// All that must survive the manager's end. Holds no secret.
struct UpdateNote {
    std::string job;
    UpdateState state = UpdateState::planned;
    std::optional<Method> method;
    TaskPlace place;
    /// The BMC has all it needs to begin, or may have: the image must not be sent again. Written down before
    /// it becomes true.
    bool out_of_hand = false;
    bool reset_asked = false;
    std::string before; ///< version that ran before
    std::optional<UpdateEnd> end;
    std::string text; ///< once it has ended: one sentence
};

std::string to_json(const UpdateNote& note);
/// Nothing for what is no note.
std::optional<UpdateNote> update_note_from_json(const std::string& text);

} // namespace manager::bmc
