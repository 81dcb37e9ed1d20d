#include "agent/installer/installer.hpp"
#include "agent/installer/kinds_linux.hpp"
#include "common/error.hpp"
#include "common/os/process.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>

namespace agent::installer {

using common::ComponentKind;

const Method& method_for(ComponentKind kind)
{
    static constexpr Method deb{"deb", deb_command, deb_verdict};
    static constexpr Method rpm{"rpm", rpm_command, rpm_verdict};
    static constexpr Method program{"posix", program_command, program_verdict};
    switch (kind) {
    case ComponentKind::deb:
        return deb;
    case ComponentKind::rpm:
        return rpm;
    case ComponentKind::program:
        return program;
    default:
        throw common::Error(common::Trouble::rejected, "a component of kind " +
                                                           std::string(common::name_of(kind)) +
                                                           " does not go on Linux");
    }
}

std::vector<std::string> usual_environment()
{
    return common::os::clean_environment();
}

std::string start_sentence(int error)
{
    const std::string reason = std::generic_category().message(error);
    switch (error) {
    case EACCES:
        return "it could not be started: " + reason +
               " (is /var/lib on a file system that is mounted noexec, or does a policy forbid it?)";
    case ENOEXEC:
        return "it could not be started: it is neither a program for this system nor a script with a #! line";
    case ENOENT:
        return "it could not be started: the interpreter that its #! line names is not on this target";
    default:
        return "it could not be started: " + reason;
    }
}

std::string signal_sentence(int number)
{
    const char* name = ::strsignal(number);
    return "ended by signal " + std::to_string(number) + (name ? " (" + std::string(name) + ")" : "");
}

} // namespace agent::installer
