#include "manager/transport/openssh/private_folder.hpp"

#include "common/error.hpp"

#include <cstdlib>
#include <unistd.h>

namespace manager::transport::openssh {

namespace fs = std::filesystem;

namespace {

/// The path of a socket has room for 107 characters.
constexpr std::size_t most_parent = 60;

fs::path parent()
{
    const char* runtime = std::getenv("XDG_RUNTIME_DIR");
    if (runtime != nullptr && *runtime == '/' && std::string_view(runtime).size() < most_parent &&
        ::access(runtime, W_OK | X_OK) == 0)
        return runtime;
    const fs::path usual = fs::temp_directory_path();
    return usual.native().size() < most_parent ? usual : fs::path("/tmp");
}

} // namespace

PrivateFolder::PrivateFolder()
{
    std::string name = (parent() / "soapstone-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        throw common::system_error("making the folder " + name);
    path_ = name;
}

PrivateFolder::~PrivateFolder()
{
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

} // namespace manager::transport::openssh
