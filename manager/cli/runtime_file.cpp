#include "manager/cli/runtime_file.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/os/process.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <unistd.h>

namespace manager::cli {

namespace {

namespace fs = std::filesystem;

constexpr const char* format = "soapstone-manager/1";
constexpr std::uint64_t most_bytes = 64 << 10;

/// The manager that wrote `file`; nothing when it is gone, also when another process has its pid now.
std::optional<RunningManager> read(const fs::path& file)
{
    const nlohmann::json content = nlohmann::json::parse(common::os::read_file(file, most_bytes));
    if (content.at("format") != format)
        return std::nullopt;
    RunningManager manager;
    manager.pid = content.at("pid").get<pid_t>();
    const auto started = common::os::start_time(manager.pid);
    if (!started || *started != content.at("start").get<std::uint64_t>())
        return std::nullopt;
    manager.run = content.at("run").get<std::string>();
    manager.port = content.at("port").get<std::uint16_t>();
    manager.pin = content.at("pin").get<std::string>();
    manager.token = common::Secret(content.at("token").get<std::string>());
    return manager;
}

/// As read(), and a file that nobody will ever use again is removed.
std::optional<RunningManager> read_or_remove(const fs::path& file)
{
    try {
        if (std::optional<RunningManager> manager = read(file))
            return manager;
    } catch (const common::Error&) {
        return std::nullopt; // removed this moment, or not ours
    } catch (const nlohmann::json::exception&) {
    }
    std::error_code ignored;
    fs::remove(file, ignored);
    return std::nullopt;
}

} // namespace

RuntimeFile::RuntimeFile(const fs::path& data, const std::string& run, std::uint16_t port,
                         const std::string& pin, std::string_view token)
    : file_(data / "managers" / (std::to_string(::getpid()) + ".json"))
{
    common::os::make_private_folder(file_.parent_path());
    const nlohmann::json content{
        {"format", format}, {"pid", ::getpid()}, {"start", common::os::start_time(::getpid()).value_or(0)},
        {"run", run},       {"port", port},      {"pin", pin},
        {"token", token}};
    common::os::write_file_durably(file_, content.dump(2) + '\n');
}

RuntimeFile::~RuntimeFile()
{
    std::error_code ignored;
    fs::remove(file_, ignored);
}

std::vector<RunningManager> running_managers(const fs::path& data)
{
    std::vector<RunningManager> managers;
    std::error_code none;
    for (const fs::directory_entry& entry : fs::directory_iterator(data / "managers", none))
        if (entry.path().extension() == ".json")
            if (std::optional<RunningManager> manager = read_or_remove(entry.path()))
                managers.push_back(std::move(*manager));
    return managers;
}

std::optional<RunningManager> serving_manager(const fs::path& data)
{
    for (RunningManager& manager : running_managers(data))
        if (manager.run.empty())
            return std::move(manager);
    return std::nullopt;
}

} // namespace manager::cli
