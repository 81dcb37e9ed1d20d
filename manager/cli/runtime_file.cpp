#include "manager/cli/runtime_file.hpp"

#include "common/os/file.hpp"
#include "common/os/process.hpp"

#include <nlohmann/json.hpp>

#include <unistd.h>

namespace manager::cli {

RuntimeFile::RuntimeFile(const std::filesystem::path& data, const std::string& run, std::uint16_t port,
                         const std::string& pin, std::string_view token)
    : file_(data / "managers" / (std::to_string(::getpid()) + ".json"))
{
    common::os::make_private_folder(file_.parent_path());
    const nlohmann::json content{{"format", "soapstone-manager/1"},
                                 {"pid", ::getpid()},
                                 {"start", common::os::start_time(::getpid()).value_or(0)},
                                 {"run", run},
                                 {"port", port},
                                 {"pin", pin},
                                 {"token", token}};
    common::os::write_file_durably(file_, content.dump(2) + '\n');
}

RuntimeFile::~RuntimeFile()
{
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
}

} // namespace manager::cli
