#include "manager/baseline/archive_file.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "common/tls/hash.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace manager::baseline {

namespace {

// The largest packages in use hold some hundred files; images have up to 800 MB.
constexpr int most_entries = 5000;
constexpr std::uint64_t most_unpacked = std::uint64_t{2} << 30; ///< bytes of all entries together

[[noreturn]] void refuse(const std::string& text)
{
    throw common::Error(common::Trouble::invalid, text);
}

} // namespace

ArchiveFile::ArchiveFile(int descriptor, ArchiveFormat format, std::uint64_t start)
    : source_(std::make_unique<Source>()), reader_(archive_read_new())
{
    source_->descriptor = descriptor;
    source_->start = start;
    archive* reader = reader_.get();
    switch (format) {
    case ArchiveFormat::zip:
        archive_read_support_format_zip_seekable(reader);
        break;
    case ArchiveFormat::cab:
        archive_read_support_format_cab(reader);
        break;
    case ArchiveFormat::tar:
        archive_read_support_format_tar(reader);
        archive_read_support_filter_gzip(reader);
        break;
    }
    archive_read_set_callback_data(reader, source_.get());
    archive_read_set_read_callback(reader, &ArchiveFile::read_some);
    archive_read_set_skip_callback(reader, &ArchiveFile::skip);
    archive_read_set_seek_callback(reader, &ArchiveFile::seek);
    if (archive_read_open1(reader) != ARCHIVE_OK)
        damaged();
}

la_ssize_t ArchiveFile::read_some(archive* reader, void* source, const void** bytes)
{
    Source& from = *static_cast<Source*>(source);
    const ssize_t got =
        ::pread(from.descriptor, from.buffer, sizeof from.buffer, static_cast<off_t>(from.start + from.at));
    if (got < 0) {
        archive_set_error(reader, errno, "reading it failed");
        return ARCHIVE_FATAL;
    }
    from.at += static_cast<std::uint64_t>(got);
    *bytes = from.buffer;
    return got;
}

la_int64_t ArchiveFile::skip(archive*, void* source, la_int64_t request)
{
    Source& from = *static_cast<Source*>(source);
    if (request <= 0 || static_cast<std::uint64_t>(request) > most_unpacked)
        return 0; // then it reads, and comes to the end
    from.at += static_cast<std::uint64_t>(request);
    return request;
}

la_int64_t ArchiveFile::seek(archive*, void* source, la_int64_t offset, int whence)
{
    Source& from = *static_cast<Source*>(source);
    struct stat info {};
    if (::fstat(from.descriptor, &info) != 0)
        return ARCHIVE_FATAL;
    const la_int64_t size = info.st_size - static_cast<la_int64_t>(from.start);
    const la_int64_t base = whence == SEEK_SET   ? 0
                            : whence == SEEK_CUR ? static_cast<la_int64_t>(from.at)
                                                 : size;
    la_int64_t at = 0;
    if (__builtin_add_overflow(base, offset, &at) || at < 0 || at > size)
        return ARCHIVE_FATAL;
    from.at = static_cast<std::uint64_t>(at);
    return at;
}

void ArchiveFile::damaged() const
{
    const char* why = archive_error_string(reader_.get());
    refuse("the package is damaged: " + common::one_line(why != nullptr ? why : "it ends too early", 120));
}

bool ArchiveFile::next()
{
    archive_entry* entry = nullptr;
    for (;;) {
        const int result = archive_read_next_header(reader_.get(), &entry);
        if (result == ARCHIVE_EOF)
            return false;
        if (result < ARCHIVE_WARN || entry == nullptr)
            damaged();
        if (++entries_ > most_entries)
            refuse("the package holds more than " + std::to_string(most_entries) + " files");
        // Going on to the next entry may unpack this one, so its size counts even though nobody wants it.
        if (archive_entry_size(entry) > 0)
            unpacked_ += static_cast<std::uint64_t>(archive_entry_size(entry));
        if (unpacked_ > most_unpacked)
            refuse("the package unpacks to more than " + common::bytes_text(most_unpacked));
        if (archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr)
            break;
    }
    const char* name = archive_entry_pathname(entry);
    name_ = name != nullptr ? name : "";
    return true;
}

std::string ArchiveFile::read(std::uint64_t most)
{
    std::string bytes;
    char buffer[16 << 10];
    for (;;) {
        const la_ssize_t got = archive_read_data(reader_.get(), buffer, sizeof buffer);
        if (got == 0)
            return bytes;
        if (got < 0)
            damaged();
        bytes.append(buffer, static_cast<std::size_t>(got));
        if (bytes.size() > most)
            refuse(common::one_line(name_, 80) + " in the package is larger than " +
                   common::bytes_text(most));
    }
}

ArchiveFile::Content ArchiveFile::copy(int to, std::uint64_t most)
{
    Content content;
    common::tls::Sha256 hash;
    std::string buffer(256 << 10, '\0');
    for (;;) {
        const la_ssize_t got = archive_read_data(reader_.get(), buffer.data(), buffer.size());
        if (got == 0)
            break;
        if (got < 0)
            damaged();
        const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
        content.size += bytes.size();
        if (content.size > most)
            refuse(common::one_line(name_, 80) + " in the package is larger than " +
                   common::bytes_text(most));
        hash.add(bytes);
        if (to >= 0)
            common::os::write_all(to, bytes, "the image");
    }
    content.sha256 = hash.hex();
    return content;
}

} // namespace manager::baseline
