#include "manager/baseline/program.hpp"

#include "common/error.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <elf.h>

namespace manager::baseline {

namespace {

struct Processor {
    Elf64_Half machine; ///< as in the head of an ELF file
    const char* name;   ///< as `uname -m`
};

constexpr std::array processors{Processor{EM_X86_64, "x86_64"}, Processor{EM_AARCH64, "aarch64"}};

[[noreturn]] void refuse(const std::string& text, const std::string& hint = {})
{
    throw common::Error(common::Trouble::invalid, text, hint);
}

void check_script(std::string_view beginning)
{
    const std::string_view line = beginning.substr(2, beginning.find('\n') - 2);
    const std::size_t first = line.find_first_not_of(" \t");
    if (first == std::string_view::npos || line[first] != '/')
        refuse("the script's first line names no interpreter", "let it begin with a line like #!/bin/sh");
    if (line.ends_with('\r'))
        refuse("the script's lines end with CR LF, so no Linux finds its interpreter",
               "convert it with dos2unix");
}

std::string check_elf(std::string_view beginning)
{
    Elf64_Ehdr header{};
    if (beginning.size() < sizeof header)
        refuse("the ELF program is cut off");
    std::memcpy(&header, beginning.data(), sizeof header);
    const bool wide = header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_ident[EI_DATA] == ELFDATA2LSB;
    const auto processor = std::find_if(processors.begin(), processors.end(), [&](const Processor& one) {
        return wide && one.machine == header.e_machine;
    });
    if (processor == processors.end())
        refuse("this is an ELF file for another processor than x86_64 and aarch64 (machine " +
               std::to_string(header.e_machine) + ")");
    const bool program = (header.e_type == ET_EXEC || header.e_type == ET_DYN) && header.e_entry != 0;
    if (!program)
        refuse("this ELF file is a library or an object file, not a program");
    return processor->name;
}

} // namespace

std::string read_program(std::string_view beginning)
{
    if (beginning.empty())
        refuse("the file is empty");
    if (beginning.starts_with("#!")) {
        check_script(beginning);
        return {};
    }
    if (beginning.starts_with(ELFMAG))
        return check_elf(beginning);
    refuse("this is neither a .deb, .rpm or .msi package, nor a program for Linux or Windows, nor a script "
           "(with #!, or .cmd, .bat, .ps1), nor firmware of a known form");
}

} // namespace manager::baseline
