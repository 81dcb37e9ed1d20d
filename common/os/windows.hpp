#pragma once

#include "common/error.hpp"
#include "common/os/descriptor.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <windows.h>

/// What sources for Windows share. No other source includes this.
///
/// Text is UTF-8 everywhere in the program and becomes UTF-16 where Windows is called; for paths, see
/// utf8_path().
namespace common::os {

/// A handle of Windows with one owner.
class Handle {
public:
    Handle() = default;
    explicit Handle(HANDLE handle) noexcept : handle_(handle == INVALID_HANDLE_VALUE ? nullptr : handle) {}
    Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Handle& operator=(Handle&& other) noexcept
    {
        if (this != &other) {
            close();
            handle_ = std::exchange(other.handle_, nullptr);
        }
        return *this;
    }
    ~Handle() { close(); }

    explicit operator bool() const noexcept { return handle_ != nullptr; }
    HANDLE get() const noexcept { return handle_; }
    HANDLE release() noexcept { return std::exchange(handle_, nullptr); }
    void close() noexcept
    {
        if (handle_ != nullptr)
            ::CloseHandle(std::exchange(handle_, nullptr));
    }

private:
    HANDLE handle_ = nullptr;
};

/// The handle behind a descriptor, which stays the descriptor's.
HANDLE handle_of(int descriptor) noexcept;

/// A descriptor for `handle`, not inherited, of bytes as they are. Not open, and errno set, when it fails.
Descriptor descriptor_of(Handle handle, int flags = 0) noexcept;

/// What LocalAlloc() gave, or one of those that say LocalFree() in their description.
struct FreeLocal {
    void operator()(void* memory) const noexcept { ::LocalFree(memory); }
};

std::wstring to_wide(std::string_view text); ///< bytes that are no UTF-8 become U+FFFD
std::string to_utf8(std::wstring_view text);

/// The errno that comes nearest to an error of Windows (GetLastError()).
int errno_of(DWORD error) noexcept;

/// The Error that `error` stands for, in Windows' own English words with the number:
/// "creating X: Access is denied. (Windows error 5)". Its trouble is that of errno_of().
Error windows_error(std::string_view doing, DWORD error);
Error windows_error(std::string_view doing); ///< of GetLastError()

/// The line that CreateProcessW() takes apart into these very arguments again, if the program does it in the
/// usual way.
std::wstring command_line(const std::vector<std::string>& arguments);

} // namespace common::os
