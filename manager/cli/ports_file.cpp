#include "manager/cli/ports_file.hpp"

#include "common/os/file.hpp"

#include <nlohmann/json.hpp>

#include <unistd.h>

namespace manager::cli {

PortsFile::PortsFile(const std::filesystem::path& data, const std::vector<serve::PortInUse>& ports)
    : file_(data / "ports.json")
{
    nlohmann::ordered_json content{
        {"format", "soapstone-ports/1"}, {"pid", ::getpid()}, {"ports", nlohmann::ordered_json::array()}};
    for (const serve::PortInUse& port : ports)
        content["ports"].push_back({{"purpose", port.purpose},
                                    {"address", port.address},
                                    {"port", port.port},
                                    {"wanted", port.wanted}});
    common::os::write_file_durably(file_, content.dump(2) + '\n');
}

PortsFile::~PortsFile()
{
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
}

} // namespace manager::cli
