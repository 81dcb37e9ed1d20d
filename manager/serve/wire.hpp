#pragma once

#include "common/soap/wire.hpp"

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
using Finding = ::t__Finding;
using ExaminedTarget = ::t__ExaminedTarget;

} // namespace wire
