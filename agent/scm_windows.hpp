#pragma once

namespace agent {

/// An agent as a service of the service control manager, which gives it its orders as start arguments. What
/// becomes of it stands in the file `ready` beside its program; the service is running once the agent serves.
/// Returns the exit status.
int serve_as_service();

} // namespace agent
