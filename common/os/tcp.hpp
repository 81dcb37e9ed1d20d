#pragma once

namespace common::os {

/// Sets what every TCP connection of ours has: no delay for small messages, and an end for it, with ETIMEDOUT
/// or EHOSTUNREACH, within 15 s of the peer's last sign of life. A kernel without an option serves us all the
/// same, so nothing is reported; deadlines hold without it.
void tune_connection(int socket);

} // namespace common::os
