#pragma once

#include "common/os/file.hpp"
#include "common/text.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace tests {

/// A folder of one test's own, gone with all that is in it.
class Scratch {
public:
    Scratch()
    {
        path_ = std::filesystem::temp_directory_path() /
                ("soapstone-test-" + common::to_hex(common::os::random_bytes(8)));
        common::os::make_private_folder(path_);
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
    std::filesystem::path file(const std::string& name, std::string_view text, unsigned mode = 0600) const
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
