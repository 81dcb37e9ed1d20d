#include "agent/no_trace.hpp"

namespace agent {

namespace fs = std::filesystem;

NoTrace::NoTrace(const RunFolder& folder)
    : folder_(folder), was_there_(fs::exists(folder.root().parent_path()))
{
}

NoTrace::~NoTrace()
{
    if (!folder_.firewall_records().empty())
        return;              // it tells what is open, and the next one closes it
    std::error_code problem; // the manager looks whether anything stayed
    // One by one: our own program, where it lies there, can only go behind us, and is to keep nothing else.
    for (const auto& entry : fs::directory_iterator(folder_.root(), problem))
        fs::remove_all(entry.path(), problem);
    fs::remove(folder_.root(), problem);
    if (!was_there_)
        fs::remove(folder_.root().parent_path(), problem); // stays when another run has begun meanwhile
}

} // namespace agent
