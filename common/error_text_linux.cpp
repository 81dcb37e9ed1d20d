#include "common/error.hpp"

#include <system_error>

namespace common {

std::string error_text(int number)
{
    return std::generic_category().message(number);
}

} // namespace common
