#pragma once

#include "common/soap/wire.hpp"
#include "common/text.hpp"

#include <optional>
#include <string>

/// The types that only the manager's contract has.
namespace wire {

using Phase = ::t__Phase;
using Outcome = ::t__Outcome;
using TargetState = ::t__TargetState;
using RunState = ::t__RunState;
using Run = ::t__Run;
using RunEvent = ::t__RunEvent;
using Option = ::t__Option;
using KeptLog = ::t__KeptLog;
using Port = ::t__Port;
using ManagerStatus = ::t__ManagerStatus;
using ComponentResult = ::t__ComponentResult;
using TargetResult = ::t__TargetResult;
using JournalEntry = ::t__JournalEntry;
using Agent = ::t__Agent;
using Credential = ::t__Credential;
using KnownTarget = ::t__KnownTarget;
using TargetGroup = ::t__TargetGroup;
using KeptComponent = ::t__KeptComponent;
using BmcAction = ::t__BmcAction;
using Finding = ::t__Finding;
using Check = ::t__Check;
using ErrandResult = ::t__ErrandResult;

} // namespace wire

namespace manager::serve {

/// For an element that is absent where there is no text.
inline std::optional<std::string> text_or_none(const std::string& text)
{
    return text.empty() ? std::nullopt : std::optional(common::xml_safe(text));
}

} // namespace manager::serve
