#pragma once

#include "common/owned.hpp"

#include <cstddef>
#include <glib-object.h>
#include <gsf/gsf-infile.h>
#include <string>

namespace manager::baseline {

/// A compound file of OLE's: a small file system in a file, of which only the top folder is looked at.
class CompoundFile {
public:
    /// The file open as `descriptor`, from its start. Throws `invalid`.
    explicit CompoundFile(int descriptor);

    /// All bytes of the stream `name` (UTF-8). Throws `invalid` when it is not there, or larger than `most`;
    /// `what` says to people what is missing then.
    std::string read(const std::string& name, const char* what, std::size_t most) const;

private:
    common::Owned<GsfInfile, g_object_unref> file_;
};

} // namespace manager::baseline
