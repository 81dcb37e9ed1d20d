#pragma once

namespace manager::transport::ssh::child {

/// Gives up, for the rest of this process, all that carrying bytes between open descriptors does not need: no
/// file can be opened, no socket made, no program started, no memory made executable, no core is written, and
/// nobody of the same user can look into it. A try to open a file fails, every other forbidden call kills.
///
/// Before the first byte of a server is read. Throws `rejected` when the kernel does not go along.
void confine();

} // namespace manager::transport::ssh::child
