#include "agent/shim_start_linux.hpp"

#include "agent/descriptors_linux.hpp"
#include "agent/spawn_linux.hpp"
#include "common/error.hpp"
#include "common/fields.hpp"
#include "common/os/descriptor.hpp"
#include "common/os/file.hpp"
#include "common/os/process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace agent::shim {

using common::Fields;
using common::os::Descriptor;

namespace {

constexpr std::string_view record_format = "soapstone-shim 1";
constexpr int folder_number = 3;

/// A copy of `descriptor` out of the way of the numbers that the new process gets.
Descriptor high_copy(int descriptor)
{
    Descriptor copy(::fcntl(descriptor, F_DUPFD_CLOEXEC, 10));
    if (!copy)
        throw common::system_error("copying a descriptor");
    return copy;
}

/// A pipe with `text` in it; it is small enough to be taken at once.
Descriptor pipe_with(const std::string& text)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        throw common::system_error("making a pipe");
    const Descriptor read(ends[0]);
    const Descriptor write(ends[1]);
    common::os::write_all(write.get(), text, "pipe");
    return high_copy(read.get());
}

} // namespace

HasEnded start(int program, const std::filesystem::path& job_folder, const Failpoints& failpoints)
{
    Fields record{std::string(record_format)};
    record.add("folder", job_folder.string()).add("failpoint", failpoints.name());
    const Descriptor input = pipe_with(record.text());
    const Descriptor folder = high_copy(common::os::open_file(job_folder, common::os::Open::read).get());
    const Descriptor image = high_copy(program);
    FileActions files;
    posix_spawn_file_actions_adddup2(&files.actions, input.get(), 0);
    posix_spawn_file_actions_addopen(&files.actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files.actions, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&files.actions, folder.get(), folder_number);
    const OwnSession session;
    const std::string path = "/proc/self/fd/" + std::to_string(image.get());
    std::string name = "soapstone-agent";
    std::string mode = "shim";
    char* const arguments[] = {name.data(), mode.data(), nullptr};
    char* const environment[] = {nullptr};
    pid_t pid = 0;
    const int error =
        ::posix_spawn(&pid, path.c_str(), &files.actions, &session.attributes, arguments, environment);
    if (error != 0)
        throw common::system_error("starting the process for the installer", error);
    return [pid, over = false]() mutable { return over = over || ::waitpid(pid, nullptr, WNOHANG) != 0; };
}

int main()
{
    try {
        std::string text;
        char buffer[4096];
        for (ssize_t got = 0; (got = ::read(0, buffer, sizeof buffer)) > 0;)
            text.append(buffer, static_cast<std::size_t>(got));
        const Fields record = Fields::parse(text, record_format);
        close_descriptors_from(folder_number + 1);
        const Descriptor folder(folder_number);
        // The folder's name and the folder that was opened must be one, or somebody plays with names.
        if (::fchdir(folder.get()) != 0 || std::filesystem::current_path() != record.get("folder"))
            return 2;
        const Failpoints failpoints(record.get("failpoint"));
        return work(record.get("folder"), failpoints);
    } catch (const std::exception&) {
        return 2;
    }
}

} // namespace agent::shim
