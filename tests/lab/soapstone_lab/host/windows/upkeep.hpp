// What Windows does and wine does not: a service whose process died is STOPPED with error 1067, and what was
// written to the registry is on the disk after some seconds (wine: half a minute).
#pragma once

/// Goes on for ever, in a thread of its own.
void keep_up();
