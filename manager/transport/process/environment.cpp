#include "manager/transport/process/environment.hpp"

#include <cstdlib>

namespace manager::transport::process {

void keep(std::vector<std::string>& environment, const char* name)
{
    if (const char* value = std::getenv(name)) // set before any thread, and never by us
        environment.push_back(std::string(name) + '=' + value);
}

} // namespace manager::transport::process
