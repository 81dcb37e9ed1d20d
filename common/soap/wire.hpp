#pragma once

// gSOAP's generated names in one place, under names that the rest of the code likes to say. Including this
// costs about half a second of compile time: only the files that speak SOAP do it. What only manager.wsdl has
// is in manager/serve/wire.hpp, for agents are built without it.
#include "wireH.h"

namespace wire {

using ErrorCode = ::t__ErrorCode;
using ErrorInfo = ::t__ErrorInfo;
using JobState = ::t__JobState;
using RebootState = ::t__RebootState;
using JobResult = ::t__JobResult;
using Job = ::t__Job;
using EventKind = ::t__EventKind;
using Event = ::t__Event;
using Package = ::t__Package;
using OperatingSystem = ::t__OperatingSystem;
using Processor = ::t__Processor;
using Memory = ::t__Memory;
using Disk = ::t__Disk;
using FileSystem = ::t__FileSystem;
using NetworkInterface = ::t__NetworkInterface;
using Hardware = ::t__Hardware;
using Inventory = ::t__Inventory;
using InventorySection = ::t__InventorySection;
using LogFile = ::t__LogFile;
using LogHead = ::t__LogHead;
using LogRoad = ::t__LogRoad;
using Reboot = ::t__Reboot;
using Trace = ::t__Trace;
using AgentStatus = ::t__AgentStatus;

/// The spelling of an enumeration's value in the contract, and back (nothing for a word that the contract
/// does not have). `Convert` is gSOAP's generated pair, as in text_of(state, soap_t__JobState2s).
template <typename Enum>
std::string text_of(Enum value, const char* (*convert)(::soap*, Enum))
{
    return convert(nullptr, value);
}

} // namespace wire
