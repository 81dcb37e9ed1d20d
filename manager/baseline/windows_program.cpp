#include "manager/baseline/windows_program.hpp"

#include "common/error.hpp"
#include "common/lower_case.hpp"
#include "manager/baseline/little_endian.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <unistd.h>

namespace manager::baseline {

namespace {

using common::ComponentKind;

// Offsets and values of Microsoft's PE format.
constexpr std::size_t at_pe_offset = 0x3c; ///< in the DOS header: where the PE header is
constexpr std::size_t at_machine = 4;      ///< in the PE header, as all that follow
constexpr std::size_t at_flags = 22;
constexpr std::size_t at_subsystem = 92;
constexpr std::size_t pe_size = 94; ///< as far as we look
constexpr std::uint32_t flag_executable = 0x0002;
constexpr std::uint32_t flag_dll = 0x2000;
constexpr std::uint32_t subsystem_window = 2;
constexpr std::uint32_t subsystem_console = 3;

struct Processor {
    std::uint32_t machine;
    const char* name;
};
constexpr std::array processors{Processor{0x8664, "x64"}, Processor{0x014c, "x86"},
                                Processor{0xaa64, "arm64"}};

[[noreturn]] void refuse(const std::string& text, const std::string& hint = {})
{
    throw common::Error(common::Trouble::invalid, text, hint);
}

std::string bytes_at(int descriptor, std::uint64_t offset, std::size_t size)
{
    std::string bytes(size, '\0');
    const ssize_t got = ::pread(descriptor, bytes.data(), size, static_cast<off_t>(offset));
    if (got < 0)
        throw common::system_error("reading it");
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
}

void check_runnable(const std::string& header)
{
    const std::uint32_t flags = little_endian(header, at_flags, 2);
    if ((flags & flag_dll) != 0 || (flags & flag_executable) == 0)
        refuse("this Windows file is a library or an object file, not a program");
    const std::uint32_t subsystem = little_endian(header, at_subsystem, 2);
    if (subsystem != subsystem_window && subsystem != subsystem_console)
        refuse("this is no program for Windows itself, but a driver or a program for firmware (subsystem " +
               std::to_string(subsystem) + ")");
}

} // namespace

std::string read_windows_program(int descriptor)
{
    const std::string dos = bytes_at(descriptor, 0, at_pe_offset + 4);
    if (dos.size() < at_pe_offset + 4)
        refuse("the Windows program is cut off");
    const std::string header = bytes_at(descriptor, little_endian(dos, at_pe_offset, 4), pe_size);
    if (!header.starts_with(std::string_view("PE\0\0", 4)))
        refuse("this is a program for DOS or 16-bit Windows, or a Windows program that is cut off");
    if (header.size() < pe_size)
        refuse("the Windows program is cut off");
    check_runnable(header);
    const std::uint32_t machine = little_endian(header, at_machine, 2);
    const auto processor = std::find_if(processors.begin(), processors.end(),
                                        [&](const Processor& one) { return one.machine == machine; });
    if (processor == processors.end())
        refuse("this is a Windows program for another processor than x64, x86 and arm64 (machine " +
               std::to_string(machine) + ")");
    return processor->name;
}

std::optional<ComponentKind> windows_script(const std::filesystem::path& file, std::string_view beginning)
{
    const std::string ending = common::lower_case(file.extension().string());
    const bool batch = ending == ".cmd" || ending == ".bat";
    if (!batch && ending != ".ps1")
        return std::nullopt;
    if (beginning.empty())
        refuse("the file is empty");
    if (batch && (beginning.starts_with("\xEF\xBB\xBF") || beginning.find('\0') != std::string_view::npos))
        refuse("the batch file begins with a byte order mark, or is UTF-16, which cmd.exe cannot read",
               "save it as plain text without a byte order mark");
    return batch ? ComponentKind::cmd : ComponentKind::ps1;
}

} // namespace manager::baseline
