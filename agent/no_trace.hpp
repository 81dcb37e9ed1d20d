#pragma once

#include "agent/run_folder.hpp"

namespace agent {

/// For an agent that only shows that it can be here. Made before anything of the run is; going, it removes
/// all of the run's folder, and the folder around it unless that was there before.
class NoTrace {
public:
    explicit NoTrace(const RunFolder& folder);
    ~NoTrace();
    NoTrace(const NoTrace&) = delete;
    NoTrace& operator=(const NoTrace&) = delete;

private:
    const RunFolder& folder_;
    bool was_there_; ///< the folder of all runs
};

} // namespace agent
