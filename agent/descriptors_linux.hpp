#pragma once

namespace agent {

/// Closes all descriptors from `first` on.
void close_descriptors_from(int first);

} // namespace agent
