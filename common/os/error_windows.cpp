#include "common/os/windows.hpp"
#include "common/text.hpp"

#include <array>
#include <cerrno>

namespace common::os {

namespace {

struct Pair {
    DWORD error;
    int number;
};

constexpr DWORD disk_quota_exceeded = 1295; // ERROR_DISK_QUOTA_EXCEEDED, which mingw lacks

constexpr std::array pairs{
    Pair{ERROR_SUCCESS, 0},
    Pair{ERROR_FILE_NOT_FOUND, ENOENT},
    Pair{ERROR_PATH_NOT_FOUND, ENOENT},
    Pair{ERROR_INVALID_NAME, ENOENT},
    Pair{ERROR_DELETE_PENDING, ENOENT},
    Pair{ERROR_DIRECTORY, ENOTDIR},
    Pair{ERROR_ACCESS_DENIED, EACCES},
    Pair{ERROR_PRIVILEGE_NOT_HELD, EPERM},
    Pair{ERROR_SHARING_VIOLATION, EBUSY},
    Pair{ERROR_LOCK_VIOLATION, EWOULDBLOCK},
    Pair{ERROR_IO_PENDING, EWOULDBLOCK},
    Pair{ERROR_ALREADY_EXISTS, EEXIST},
    Pair{ERROR_FILE_EXISTS, EEXIST},
    Pair{ERROR_DIR_NOT_EMPTY, ENOTEMPTY},
    Pair{ERROR_DISK_FULL, ENOSPC},
    Pair{ERROR_HANDLE_DISK_FULL, ENOSPC},
    Pair{disk_quota_exceeded, ENOSPC},
    Pair{ERROR_WRITE_PROTECT, EROFS},
    Pair{ERROR_NOT_SAME_DEVICE, EXDEV},
    Pair{ERROR_FILENAME_EXCED_RANGE, ENAMETOOLONG},
    Pair{ERROR_TOO_MANY_OPEN_FILES, EMFILE},
    Pair{ERROR_NOT_ENOUGH_MEMORY, ENOMEM},
    Pair{ERROR_OUTOFMEMORY, ENOMEM},
    Pair{ERROR_INVALID_HANDLE, EBADF},
    Pair{ERROR_INVALID_PARAMETER, EINVAL},
    Pair{ERROR_INVALID_FUNCTION, ENOSYS},
    Pair{ERROR_NOT_SUPPORTED, ENOSYS},
    Pair{ERROR_BROKEN_PIPE, EPIPE},
    Pair{ERROR_NO_DATA, EPIPE},
    Pair{ERROR_SEM_TIMEOUT, ETIMEDOUT},
    Pair{WAIT_TIMEOUT, ETIMEDOUT},
    Pair{ERROR_BAD_EXE_FORMAT, ENOEXEC},
};

/// As one line, without the line end that all of them have.
std::string words_of(DWORD error)
{
    wchar_t text[512];
    const DWORD size = ::FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS |
                                            FORMAT_MESSAGE_MAX_WIDTH_MASK,
                                        nullptr, error, MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), text,
                                        static_cast<DWORD>(std::size(text)), nullptr);
    const std::string words(trim(to_utf8({text, size})));
    return words.empty() ? "it failed" : words;
}

} // namespace

int errno_of(DWORD error) noexcept
{
    for (const Pair& pair : pairs)
        if (pair.error == error)
            return pair.number;
    return EIO;
}

Error windows_error(std::string_view doing, DWORD error)
{
    return {system_error(doing, errno_of(error)).trouble(),
            std::string(doing) + ": " + words_of(error) + " (Windows error " + std::to_string(error) + ")"};
}

Error windows_error(std::string_view doing)
{
    return windows_error(doing, ::GetLastError());
}

} // namespace common::os
