#pragma once

namespace agent {

/// Takes the orders from standard input, leaves the agent behind as a daemon and prints its ready line.
/// Returns the exit status of the first process; the daemon never comes back from here.
int bootstrap();

} // namespace agent
