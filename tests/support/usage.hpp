#pragma once

namespace tests {

/// CPU time that this process has used, in milliseconds.
double cpu_time();

/// Resident memory of this process, in MiB.
double memory();

} // namespace tests
