#include "manager/baseline/deb.hpp"

#include "common/error.hpp"
#include "common/owned.hpp"
#include "common/text.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <cstdint>
#include <unistd.h>

namespace manager::baseline {

namespace {

using Archive = common::Owned<archive, archive_read_free>;

// The largest control archives in use have a few hundred kB; what goes beyond these limits wants to do harm.
constexpr std::uint64_t most_archive = 16 << 20;  ///< bytes of control.tar.*, compressed
constexpr std::uint64_t most_unpacked = 64 << 20; ///< bytes of control.tar
constexpr std::uint64_t most_control = 1 << 20;   ///< bytes of the control file
constexpr int most_entries = 1000;

[[noreturn]] void refuse(const std::string& text)
{
    throw common::Error(common::Trouble::invalid, text);
}

[[noreturn]] void damaged(const char* what, archive* reader)
{
    const char* why = archive_error_string(reader);
    refuse(std::string(what) +
           " is damaged: " + common::one_line(why != nullptr ? why : "it ends too early", 120));
}

/// The next entry; null at the end of the archive.
archive_entry* next_entry(const char* what, archive* reader)
{
    archive_entry* entry = nullptr;
    const int result = archive_read_next_header(reader, &entry);
    if (result == ARCHIVE_EOF)
        return nullptr;
    if (result < ARCHIVE_WARN || entry == nullptr)
        damaged(what, reader);
    return entry;
}

std::string name_of(archive_entry* entry)
{
    const char* name = archive_entry_pathname(entry);
    return name != nullptr ? name : "";
}

/// All bytes of the entry that next_entry() gave last.
std::string read_entry(const char* what, archive* reader, std::uint64_t most)
{
    std::string bytes;
    char buffer[64 << 10];
    for (;;) {
        const la_ssize_t got = archive_read_data(reader, buffer, sizeof buffer);
        if (got == 0)
            return bytes;
        if (got < 0)
            damaged(what, reader);
        bytes.append(buffer, static_cast<std::size_t>(got));
        if (bytes.size() > most)
            refuse(std::string(what) + " is larger than " + common::bytes_text(most));
    }
}

/// The bytes of control.tar.* of the package.
std::string control_archive(int descriptor)
{
    const Archive reader(archive_read_new());
    archive_read_support_format_ar(reader.get());
    if (archive_read_open_fd(reader.get(), descriptor, 64 << 10) != ARCHIVE_OK)
        damaged("the package", reader.get());
    archive_entry* first = next_entry("the package", reader.get());
    if (first == nullptr || name_of(first) != "debian-binary")
        refuse("this is an ar archive, but not a Debian package");
    if (!read_entry("debian-binary", reader.get(), 100).starts_with("2."))
        refuse("the package's format is not version 2 of Debian's package format");
    for (int i = 0; i < most_entries; ++i) {
        archive_entry* entry = next_entry("the package", reader.get());
        if (entry == nullptr)
            break;
        const std::string name = name_of(entry);
        if (name == "control.tar" || name.starts_with("control.tar."))
            return read_entry(name.c_str(), reader.get(), most_archive);
    }
    refuse("the package holds no control.tar");
}

bool is_control(const std::string& name)
{
    return name == "control" || name == "./control";
}

/// The text of the file `control`.
std::string control_file(const std::string& bytes)
{
    constexpr auto what = "control.tar";
    const Archive reader(archive_read_new());
    archive_read_support_format_tar(reader.get());
    archive_read_support_filter_gzip(reader.get());
    archive_read_support_filter_xz(reader.get());
    archive_read_support_filter_zstd(reader.get());
    if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
        damaged(what, reader.get());
    std::uint64_t unpacked = 0;
    for (int i = 0; i < most_entries; ++i) {
        archive_entry* entry = next_entry(what, reader.get());
        if (entry == nullptr)
            refuse("control.tar holds no control file");
        if (is_control(name_of(entry)) && archive_entry_filetype(entry) == AE_IFREG)
            return read_entry("the control file", reader.get(), most_control);
        // Going on to the next entry unpacks this one, so its size counts even though nobody wants it.
        unpacked += static_cast<std::uint64_t>(archive_entry_size(entry));
        if (unpacked > most_unpacked)
            refuse("control.tar is larger than " + common::bytes_text(most_unpacked));
    }
    refuse("control.tar holds more than " + std::to_string(most_entries) + " files");
}

} // namespace

PackageFacts read_deb(int descriptor)
{
    if (::lseek(descriptor, 0, SEEK_SET) != 0)
        throw common::system_error("going to the start of the package");
    return parse_control(control_file(control_archive(descriptor)));
}

} // namespace manager::baseline
