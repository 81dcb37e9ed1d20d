#include "common/os/file.hpp"

#include "common/error.hpp"

#include <algorithm>
#include <cerrno>

namespace common::os {

Descriptor open_file(const std::filesystem::path& path, Open how, unsigned mode)
{
    Descriptor file = try_open(path, how, mode);
    if (!file)
        throw system_error("opening " + path.string());
    return file;
}

namespace {

/// Nothing when it is a file of /proc, of a process that has ended since it was opened.
std::optional<std::string> read_all(int descriptor, const std::filesystem::path& path, std::uint64_t most)
{
    std::string text;
    text.reserve(
        std::min(file_size(descriptor).value_or(0), most)); // no promise: it may grow, and /proc says 0
    char buffer[64 << 10];
    for (;;) {
        const std::ptrdiff_t got = read_some(descriptor, buffer, sizeof buffer);
        if (got < 0 && errno == ESRCH)
            return std::nullopt;
        if (got < 0)
            throw system_error("reading " + path.string());
        if (got == 0)
            return text;
        text.append(buffer, static_cast<std::size_t>(got));
        if (text.size() > most)
            throw Error(Trouble::invalid,
                        path.string() + " is larger than " + std::to_string(most) + " bytes");
    }
}

} // namespace

std::string read_file(const std::filesystem::path& path, std::uint64_t most)
{
    const Descriptor file = open_file(path, Open::read);
    std::optional<std::string> text = read_all(file.get(), path, most);
    if (!text)
        throw system_error("reading " + path.string(), ESRCH);
    return std::move(*text);
}

std::optional<std::string> read_file_if_there(const std::filesystem::path& path, std::uint64_t most)
{
    const Descriptor file = try_open(path, Open::read);
    if (!file && (errno == ENOENT || errno == ENOTDIR))
        return std::nullopt;
    if (!file)
        throw system_error("opening " + path.string());
    return read_all(file.get(), path, most);
}

void write_all(int descriptor, std::string_view bytes, std::string_view name)
{
    while (!bytes.empty()) {
        const std::ptrdiff_t put = write_some(descriptor, bytes);
        if (put < 0)
            throw system_error("writing " + std::string(name));
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
}

void write_over(int descriptor, std::string_view text, std::string_view name)
{
    if (!truncate(descriptor, 0) || !rewind(descriptor))
        throw system_error("writing " + std::string(name));
    write_all(descriptor, text, name);
}

void sync_file(int descriptor, std::string_view name)
{
    if (!sync_data(descriptor))
        throw system_error("syncing " + std::string(name));
}

void write_file_durably(const std::filesystem::path& path, std::string_view text, unsigned mode)
{
    std::filesystem::path temporary = path;
    temporary += ".new";
    try {
        const Descriptor file =
            open_file(temporary, Open::write | Open::create | Open::empty | Open::no_link, mode);
        write_all(file.get(), text, temporary.string());
        if (!sync_all(file.get()))
            throw system_error("syncing " + temporary.string());
        if (!replace_file(temporary, path))
            throw system_error("renaming " + temporary.string());
    } catch (...) {
        remove_file(temporary);
        throw;
    }
    sync_folder(path.parent_path());
}

void make_private_folder(const std::filesystem::path& path)
{
    if (path.has_parent_path() && path.parent_path() != path && !std::filesystem::exists(path.parent_path()))
        make_private_folder(path.parent_path());
    make_folder(path);
    check_private_folder(path);
}

} // namespace common::os
