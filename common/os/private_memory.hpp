#pragma once

namespace common::os {

/// From now on no core file is written of this process and no other process without privileges reads its
/// memory, which holds passwords and keys. Programs that it starts are not bound by it, but for the soft
/// limit on cores.
void keep_memory_private();

} // namespace common::os
