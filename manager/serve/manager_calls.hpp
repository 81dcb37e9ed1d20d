#pragma once

#include "manager/serve/manager_service.hpp"
#include "manager/serve/waiting.hpp"

struct soap;

namespace manager::serve {

/// The namespace of the manager's contract, its version with it.
inline constexpr std::string_view manager_namespace = "urn:soapstone:manager:1";

/// Answers the call that `context` is about to read, for a caller who may call it and knows us as `host`.
/// Returns what gSOAP does. Where `waiting` begins, what it wrote is no answer.
int answer_call(::soap* context, const LocalControl& control, const Caller& caller, const std::string& host,
                Waiting& waiting);

} // namespace manager::serve
