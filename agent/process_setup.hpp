#pragma once

namespace agent {

/// The first thing in main(): nothing of the caller's environment, no readable memory or core, files for us
/// only, a broken connection is an error and no signal.
void harden_process();

/// Ends this process as `kill -9` does: nothing is flushed, closed or told.
[[noreturn]] void end_at_once();

} // namespace agent
