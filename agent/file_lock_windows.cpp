#include "agent/file_lock.hpp"
#include "common/os/windows.hpp"

namespace agent {

using common::os::Descriptor;
using common::os::descriptor_of;
using common::os::Handle;

namespace {

// The lock is the share mode: nobody else may write. LockFileEx() would not do, for its locks go with the
// process that asked for them, and an installer is to keep the one that it has inherited.
constexpr DWORD others_may = FILE_SHARE_READ | FILE_SHARE_DELETE;

Handle open_alone(const std::filesystem::path& file, DWORD disposition)
{
    return Handle(::CreateFileW(file.c_str(), GENERIC_READ | GENERIC_WRITE, others_may, nullptr, disposition,
                                FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
}

/// Locked by somebody, or just about to lose its name with whoever had it.
bool is_taken(DWORD error)
{
    return error == ERROR_SHARING_VIOLATION || error == ERROR_ACCESS_DENIED || error == ERROR_DELETE_PENDING;
}

} // namespace

Descriptor try_lock(const std::filesystem::path& file)
{
    Handle handle = open_alone(file, OPEN_ALWAYS);
    if (!handle && !is_taken(::GetLastError()))
        throw common::os::windows_error("locking " + file.string());
    return handle ? descriptor_of(std::move(handle)) : Descriptor();
}

Descriptor open_locked(const std::filesystem::path& file, bool fresh)
{
    Handle handle = open_alone(file, fresh ? CREATE_NEW : OPEN_EXISTING);
    if (!handle)
        throw common::os::windows_error("locking " + file.string());
    return descriptor_of(std::move(handle));
}

std::optional<bool> is_locked(const std::filesystem::path& file)
{
    const Handle handle(::CreateFileW(file.c_str(), GENERIC_WRITE, others_may | FILE_SHARE_WRITE, nullptr,
                                      OPEN_EXISTING, FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
    const DWORD error = handle ? ERROR_SUCCESS : ::GetLastError();
    if (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND)
        return std::nullopt;
    if (error != ERROR_SUCCESS && !is_taken(error))
        throw common::os::windows_error("looking at the lock of " + file.string(), error);
    return error != ERROR_SUCCESS;
}

} // namespace agent
