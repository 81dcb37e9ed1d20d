#include "manager/baseline/deb.hpp"

#include <apt-pkg/debversion.h>

namespace manager::baseline {

int compare_deb_versions(const std::string& left, const std::string& right)
{
    return debVS.DoCmpVersion(left.data(), left.data() + left.size(), right.data(),
                              right.data() + right.size());
}

} // namespace manager::baseline
