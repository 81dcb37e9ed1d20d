#pragma once

#include "common/fields.hpp"

#include <cstdint>
#include <string>
#include <sys/types.h>

namespace agent {

/// Names one process for ever: process numbers come again, number, start and boot together do not.
struct ProcessName {
    pid_t pid = 0;
    std::uint64_t start = 0; ///< os::start_time()
    std::string boot;        ///< os::boot_id()

    static ProcessName of_this_process();
    bool lives() const;

    void add_to(common::Fields& fields) const;
    static ProcessName in(const common::Fields& fields); ///< throws `invalid`
};

} // namespace agent
