#pragma once

namespace agent {

/// An agent without a service around it, in the foreground: takes its orders from standard input and prints
/// its ready line. Ctrl-C and Ctrl-Break stop it. Returns the exit status.
int console();

} // namespace agent
