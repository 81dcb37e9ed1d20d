#pragma once

#include "common/owned.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <cstdint>
#include <memory>
#include <string>

namespace manager::baseline {

enum class ArchiveFormat {
    zip, ///< also at the end of a program
    cab,
    tar, ///< also packed by gzip
};

/// An archive of unknown origin, gone through once, file by file. Nothing of it touches the file system;
/// sizes and numbers of entries are limited. All throw `invalid` when it is damaged or goes beyond the
/// limits.
class ArchiveFile {
public:
    /// The file open as `descriptor`, from the byte `start` on; its position does not matter. Must live as
    /// long as this.
    ArchiveFile(int descriptor, ArchiveFormat format, std::uint64_t start = 0);

    /// Goes to the next file; folders, links and devices are passed by. False at the end.
    bool next();

    /// As the archive writes it: may be anything.
    const std::string& name() const { return name_; }

    /// All of this file. Throws `invalid` when that is more than `most` bytes.
    std::string read(std::uint64_t most);

    struct Content {
        std::uint64_t size = 0;
        std::string sha256;
    };

    /// Reads all of this file, and writes it to `to` unless that is -1; no more than `most` bytes.
    Content copy(int to, std::uint64_t most);

private:
    struct Source {
        int descriptor = -1;
        std::uint64_t start = 0;
        std::uint64_t at = 0; ///< in the archive
        char buffer[64 << 10];
    };

    static la_ssize_t read_some(archive* reader, void* source, const void** bytes);
    static la_int64_t skip(archive* reader, void* source, la_int64_t request);
    static la_int64_t seek(archive* reader, void* source, la_int64_t offset, int whence);

    [[noreturn]] void damaged() const;

    std::unique_ptr<Source> source_; // before the reader, which uses it to its end
    common::Owned<archive, archive_read_free> reader_;
    std::string name_;
    std::uint64_t unpacked_ = 0; ///< bytes of all entries so far, by what the archive says of them
    int entries_ = 0;
};

} // namespace manager::baseline
