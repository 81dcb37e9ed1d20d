#include "manager/transport/smb/places.hpp"

#include "common/text.hpp"

#include <algorithm>

namespace manager::transport::smb {

namespace {

constexpr std::size_t run_digits = 32;
constexpr std::string_view before_run = "\\Soapstone\\"; ///< behind %SystemRoot%, or what that stands for

std::string joined(std::string_view folder, const std::string& name)
{
    return std::string(folder) + '/' + name;
}

} // namespace

std::string run_folder(const std::string& run)
{
    return joined(state_folder, run);
}

std::string start_folder(const std::string& run, const std::string& id)
{
    return joined(run_folder(run), std::string(start_prefix) + id);
}

std::string service_name(const std::string& id)
{
    return std::string(service_prefix) + id;
}

std::string service_command(const std::string& run, const std::string& id)
{
    const std::string path =
        "%SystemRoot%" + std::string(before_run) + run + '\\' + std::string(start_prefix) + id + '\\';
    return '"' + path + std::string(agent_file) + "\" service";
}

std::string run_in_command(const std::string& command)
{
    const std::size_t at = command.find(before_run);
    if (at == std::string::npos)
        return {};
    const std::string run = command.substr(at + before_run.size(), run_digits);
    return common::is_hex(run, run_digits) ? run : std::string();
}

std::string shown(const std::string& path)
{
    std::string text = "ADMIN$\\" + path;
    std::replace(text.begin(), text.end(), '/', '\\');
    return common::one_line(text);
}

bool stays(std::string_view name)
{
    return name == "logs" || name == "tombstone" || name == "journal" || name.starts_with("journal.");
}

bool is_port_record(std::string_view name)
{
    return name.starts_with("firewall-");
}

} // namespace manager::transport::smb
