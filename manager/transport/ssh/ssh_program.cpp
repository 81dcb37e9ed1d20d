#include "manager/transport/ssh/ssh_program.hpp"

#include "common/error.hpp"
#include "common/os/process.hpp"

#include <filesystem>

namespace manager::transport::ssh {

namespace {

std::filesystem::path find_program()
{
    constexpr const char* name = "soapstone-ssh";
    const std::filesystem::path beside = common::os::own_folder() / name;
    const std::filesystem::path installed = std::filesystem::path("/usr/lib/soapstone") / name;
    for (const std::filesystem::path& place : {beside, installed})
        if (std::filesystem::exists(place))
            return place;
    throw common::Error(common::Trouble::invalid,
                        "there is no soapstone-ssh; looked at " + beside.string() + ", " + installed.string(),
                        "keep soapstone-ssh beside soapstone, or install it");
}

} // namespace

process::Program ssh_program(int server, int control)
{
    // The numbers are those that child/main.cpp looks at.
    return {{find_program().string()}, common::os::clean_environment(), {{server, 3}, {control, 4}}};
}

} // namespace manager::transport::ssh
