#include "manager/transport/process/own_program.hpp"

#include "common/error.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"

#include <filesystem>
#include <unistd.h>
#include <vector>

namespace manager::transport::process {

std::string own_program(const std::string& name)
{
    const std::filesystem::path here = common::os::own_folder();
    const std::vector<std::string> places{here / name, here.parent_path() / "bin" / name,
                                          "/usr/lib/soapstone/" + name};
    for (const std::string& place : places)
        if (::access(place.c_str(), X_OK) == 0)
            return place;
    throw common::Error(common::Trouble::invalid,
                        "there is no " + name + "; looked at " + common::join(places, ", "),
                        "keep " + name + " beside soapstone, or install it");
}

} // namespace manager::transport::process
