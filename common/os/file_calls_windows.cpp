#include "common/os/file_calls.hpp"
#include "common/os/windows.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <thread>
#include <vector>

namespace common::os {

namespace {

constexpr DWORD share_all = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

/// What a name leads to, and not what that leads to; also a folder.
constexpr DWORD itself = FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS;

/// Windows 10 and Server 2016 can rename and remove files that are open as Linux does; mingw's headers tell
/// only programs that run on nothing older. Values of FILE_INFO_BY_HANDLE_CLASS and flags, as in Microsoft's
/// minwinbase.h.
constexpr auto disposition_ex = static_cast<FILE_INFO_BY_HANDLE_CLASS>(21);
constexpr auto rename_ex = static_cast<FILE_INFO_BY_HANDLE_CLASS>(22);
constexpr DWORD delete_as_posix = 0x1 | 0x2;
constexpr DWORD replace_as_posix = 0x1 | 0x2;

/// Locks bind all who read and write what they cover, so ours lie where no file has bytes.
constexpr DWORD lock_place = 0x4000'0000; // upper half of the offset

bool failed(DWORD error = ::GetLastError())
{
    errno = errno_of(error);
    return false;
}

bool done(BOOL success)
{
    return success || failed();
}

DWORD access_of(Open how)
{
    DWORD access = has(how, Open::read) || !has(how, Open::write) ? GENERIC_READ : 0;
    if (has(how, Open::append))
        access |=
            FILE_APPEND_DATA | FILE_WRITE_ATTRIBUTES | SYNCHRONIZE; // and no FILE_WRITE_DATA: only at the end
    else if (has(how, Open::write))
        access |= GENERIC_WRITE;
    return access;
}

DWORD disposition_of(Open how)
{
    return has(how, Open::exclude) ? CREATE_NEW : has(how, Open::create) ? OPEN_ALWAYS : OPEN_EXISTING;
}

/// True for links of all kinds; other reparse points, such as compressed files, are what they seem to be.
bool is_link(HANDLE file)
{
    FILE_ATTRIBUTE_TAG_INFO info{};
    return ::GetFileInformationByHandleEx(file, FileAttributeTagInfo, &info, sizeof info) &&
           (info.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 &&
           IsReparseTagNameSurrogate(info.ReparseTag);
}

DWORD part_of(std::size_t size)
{
    return static_cast<DWORD>(std::min<std::size_t>(size, 1 << 30));
}

OVERLAPPED at(std::uint64_t offset)
{
    OVERLAPPED place{};
    place.Offset = static_cast<DWORD>(offset);
    place.OffsetHigh = static_cast<DWORD>(offset >> 32);
    return place;
}

std::ptrdiff_t read(int descriptor, char* data, std::size_t most, OVERLAPPED* place)
{
    DWORD got = 0;
    if (::ReadFile(handle_of(descriptor), data, part_of(most), &got, place))
        return static_cast<std::ptrdiff_t>(got);
    const DWORD error = ::GetLastError();
    if (error == ERROR_HANDLE_EOF || error == ERROR_BROKEN_PIPE)
        return 0;
    failed(error);
    return -1;
}

std::ptrdiff_t write(int descriptor, std::string_view bytes, OVERLAPPED* place)
{
    DWORD put = 0;
    if (::WriteFile(handle_of(descriptor), bytes.data(), part_of(bytes.size()), &put, place))
        return static_cast<std::ptrdiff_t>(put);
    failed();
    return -1;
}

bool lock(int descriptor, DWORD how)
{
    OVERLAPPED place{};
    place.OffsetHigh = lock_place;
    return done(::LockFileEx(handle_of(descriptor), how | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &place));
}

/// A virus scanner opens what it sees and has it for a moment: `call` is tried for a second.
template <typename Call>
bool patiently(Call call)
{
    for (int tries = 1;; ++tries) {
        if (call())
            return true;
        const DWORD error = ::GetLastError();
        if (tries == 20 || (error != ERROR_SHARING_VIOLATION && error != ERROR_ACCESS_DENIED))
            return failed(error);
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

bool rename_as_posix(const std::filesystem::path& from, const std::filesystem::path& to)
{
    const Handle file(::CreateFileW(from.c_str(), DELETE | SYNCHRONIZE, share_all, nullptr, OPEN_EXISTING,
                                    itself, nullptr));
    if (!file)
        return false;
    std::error_code unknown; // then the name is empty, and Windows refuses it
    const std::wstring name = std::filesystem::absolute(to, unknown).native();
    struct Header { // FILE_RENAME_INFO with its Flags, which mingw hides
        DWORD flags;
        HANDLE root;
        DWORD bytes;
    };
    static_assert(offsetof(FILE_RENAME_INFO, FileNameLength) == offsetof(Header, bytes));
    std::vector<char> info(sizeof(FILE_RENAME_INFO) + name.size() * sizeof(wchar_t));
    const Header header{replace_as_posix, nullptr, static_cast<DWORD>(name.size() * sizeof(wchar_t))};
    std::memcpy(info.data(), &header, sizeof header);
    std::memcpy(info.data() + offsetof(FILE_RENAME_INFO, FileName), name.data(), header.bytes);
    return ::SetFileInformationByHandle(file.get(), rename_ex, info.data(), static_cast<DWORD>(info.size()));
}

} // namespace

Descriptor try_open(const std::filesystem::path& path, Open how, unsigned) noexcept
{
    Handle file(::CreateFileW(path.c_str(), access_of(how), share_all, nullptr, disposition_of(how),
                              has(how, Open::no_link) ? FILE_FLAG_OPEN_REPARSE_POINT : 0, nullptr));
    if (!file) {
        failed();
        return {};
    }
    if (has(how, Open::no_link) && is_link(file.get())) {
        errno = ELOOP;
        return {};
    }
    Descriptor descriptor = descriptor_of(std::move(file), has(how, Open::append) ? _O_APPEND : 0);
    if (!descriptor)
        return {};
    if (has(how, Open::empty) && !truncate(descriptor.get(), 0))
        return {};
    return descriptor;
}

Descriptor try_open_regular(const std::filesystem::path& path, Open how) noexcept
{
    Descriptor file = try_open(path, how);
    if (!file || ::GetFileType(handle_of(file.get())) == FILE_TYPE_DISK)
        return file;
    errno = EINVAL;
    return {};
}

std::ptrdiff_t read_some(int descriptor, char* data, std::size_t most) noexcept
{
    return read(descriptor, data, most, nullptr);
}

std::ptrdiff_t read_at(int descriptor, char* data, std::size_t most, std::uint64_t offset) noexcept
{
    OVERLAPPED place = at(offset);
    return read(descriptor, data, most, &place);
}

std::ptrdiff_t write_some(int descriptor, std::string_view bytes) noexcept
{
    return write(descriptor, bytes, nullptr);
}

bool write_at(int descriptor, std::string_view bytes, std::uint64_t offset) noexcept
{
    while (!bytes.empty()) {
        OVERLAPPED place = at(offset);
        const std::ptrdiff_t put = write(descriptor, bytes, &place);
        if (put < 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(put));
        offset += static_cast<std::uint64_t>(put);
    }
    return true;
}

bool is_no_room(int error) noexcept
{
    return error == ENOSPC;
}

bool rewind(int descriptor) noexcept
{
    return done(::SetFilePointerEx(handle_of(descriptor), LARGE_INTEGER{}, nullptr, FILE_BEGIN));
}

std::optional<std::uint64_t> file_size(int descriptor) noexcept
{
    LARGE_INTEGER size{};
    if (!done(::GetFileSizeEx(handle_of(descriptor), &size)))
        return std::nullopt;
    return static_cast<std::uint64_t>(size.QuadPart);
}

bool truncate(int descriptor, std::uint64_t size) noexcept
{
    FILE_END_OF_FILE_INFO end{};
    end.EndOfFile.QuadPart = static_cast<LONGLONG>(size);
    return done(::SetFileInformationByHandle(handle_of(descriptor), FileEndOfFileInfo, &end, sizeof end));
}

bool sync_data(int descriptor) noexcept
{
    return sync_all(descriptor);
}

bool sync_all(int descriptor) noexcept
{
    return done(::FlushFileBuffers(handle_of(descriptor)));
}

bool try_lock(int descriptor) noexcept
{
    return lock(descriptor, LOCKFILE_EXCLUSIVE_LOCK);
}

bool try_lock_shared(int descriptor) noexcept
{
    return lock(descriptor, 0);
}

bool unlock(int descriptor) noexcept
{
    OVERLAPPED place{};
    place.OffsetHigh = lock_place;
    return done(::UnlockFileEx(handle_of(descriptor), 0, 1, 0, &place));
}

bool is_file_at(const std::filesystem::path& path, int descriptor) noexcept
{
    const Handle named_file(::CreateFileW(path.c_str(), FILE_READ_ATTRIBUTES, share_all, nullptr,
                                          OPEN_EXISTING, itself, nullptr));
    BY_HANDLE_FILE_INFORMATION named{};
    BY_HANDLE_FILE_INFORMATION open{};
    if (!named_file || !::GetFileInformationByHandle(named_file.get(), &named) ||
        !::GetFileInformationByHandle(handle_of(descriptor), &open))
        return failed();
    return named.dwVolumeSerialNumber == open.dwVolumeSerialNumber &&
           named.nFileIndexLow == open.nFileIndexLow && named.nFileIndexHigh == open.nFileIndexHigh;
}

bool hard_link(const std::filesystem::path& file, const std::filesystem::path& name) noexcept
{
    return done(::CreateHardLinkW(name.c_str(), file.c_str(), nullptr));
}

bool replace_file(const std::filesystem::path& from, const std::filesystem::path& to) noexcept
{
    return patiently([&] {
        return rename_as_posix(from, to) ||
               ::MoveFileExW(from.c_str(), to.c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH);
    });
}

bool remove_file(const std::filesystem::path& path) noexcept
{
    return patiently([&] {
        const Handle file(::CreateFileW(path.c_str(), DELETE, share_all, nullptr, OPEN_EXISTING,
                                        FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
        DWORD flags = delete_as_posix;
        FILE_DISPOSITION_INFO on_close{TRUE};
        return file &&
               (::SetFileInformationByHandle(file.get(), disposition_ex, &flags, sizeof flags) ||
                ::SetFileInformationByHandle(file.get(), FileDispositionInfo, &on_close, sizeof on_close));
    });
}

std::optional<std::uint64_t> free_space(const std::filesystem::path& folder) noexcept
{
    ULARGE_INTEGER available{};
    if (!done(::GetDiskFreeSpaceExW(folder.c_str(), &available, nullptr, nullptr)))
        return std::nullopt;
    return available.QuadPart;
}

} // namespace common::os
