#pragma once

namespace agent {

/// The first thing in main(): nothing of the caller's environment, no readable memory or core, files for us
/// only, a broken connection is an error and no signal.
void harden_process();

/// Closes all descriptors from `first` on.
void close_descriptors_from(int first);

} // namespace agent
