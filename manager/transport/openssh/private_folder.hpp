#pragma once

#include <filesystem>

namespace manager::transport::openssh {

/// A temporary folder that only this user can enter, gone with its files when the object goes.
class PrivateFolder {
public:
    /// In $XDG_RUNTIME_DIR, which is no disk, else in the folder for temporary files. Throws Error.
    PrivateFolder();
    PrivateFolder(const PrivateFolder&) = delete;
    PrivateFolder& operator=(const PrivateFolder&) = delete;
    ~PrivateFolder();

    std::filesystem::path operator/(const char* name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

} // namespace manager::transport::openssh
