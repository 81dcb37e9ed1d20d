#pragma once

#include "common/os/file.hpp"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tests {

/// A folder of one test's own, gone with all that is in it.
class Scratch {
public:
    Scratch()
    {
        std::string name = (std::filesystem::temp_directory_path() / "soapstone-test-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::filesystem::path& path() const { return path_; }

    /// Makes a file of this content and says where it is.
    std::filesystem::path file(const std::string& name, std::string_view text, mode_t mode = 0600) const
    {
        common::os::write_file_durably(path_ / name, text, mode);
        std::filesystem::permissions(path_ / name,
                                     static_cast<std::filesystem::perms>(mode)); // whatever the umask
        return path_ / name;
    }

private:
    std::filesystem::path path_;
};

} // namespace tests
