#include "agent/failpoint.hpp"

#include "agent/process_setup.hpp"

namespace agent {

void Failpoints::pass(std::string_view name) const
{
    if (!name_.empty() && name == name_)
        end_at_once();
}

} // namespace agent
