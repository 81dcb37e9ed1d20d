#include "common/net/files.hpp"

#include "common/net/message.hpp"
#include "common/net/range.hpp"
#include "common/os/file_calls.hpp"

#include <cerrno>

namespace common::net {

namespace {

struct Opened {
    os::Descriptor file;
    std::uint64_t size;
};

std::optional<Opened> open_regular(const std::filesystem::path& path, os::Open how)
{
    os::Descriptor file = os::try_open_regular(path, how | os::Open::no_link);
    const std::optional<std::uint64_t> size = file ? os::file_size(file.get()) : std::nullopt;
    return size ? std::optional(Opened{std::move(file), *size}) : std::nullopt;
}

std::string quoted(const std::string& tag)
{
    return "\"" + tag + "\"";
}

std::shared_ptr<const os::Descriptor> open_shared(const SendFile& file)
{
    if (file.opened)
        return file.opened;
    return std::make_shared<const os::Descriptor>(
        os::try_open_regular(file.path, os::Open::read | os::Open::no_link));
}

/// True when the client's partial copy is of this very file, so that its range makes sense.
bool may_resume(const SendFile& file, const Request& request)
{
    const std::optional<std::string> condition = request.headers.find("If-Range");
    return !condition || (!file.entity_tag.empty() && *condition == quoted(file.entity_tag)) ||
           (file.modified && *condition == http_date(*file.modified));
}

Reply unsatisfiable(std::uint64_t size)
{
    Reply reply(416, "no such range\n");
    reply.headers.set("Content-Range", "bytes */" + std::to_string(size));
    return reply;
}

void describe(Reply& reply, const SendFile& file)
{
    for (const auto& [name, value] : file.headers.all())
        reply.headers.add(name, value);
    reply.headers.set("Accept-Ranges", "bytes");
    if (file.modified)
        reply.headers.set("Last-Modified", http_date(*file.modified));
    if (!file.entity_tag.empty())
        reply.headers.set("ETag", quoted(file.entity_tag));
}

} // namespace

std::size_t Sending::read(char* data, std::size_t most, std::uint64_t offset) const
{
    const std::ptrdiff_t got = os::read_at(file->get(), data, most, offset);
    if (got < 0)
        throw system_error("reading a file to send it");
    if (got == 0)
        throw Error(Trouble::unreachable, "the file became shorter while it was sent");
    return static_cast<std::size_t>(got);
}

std::variant<Reply, Sending> open_to_send(const SendFile& file, const Request& request)
{
    const std::shared_ptr<const os::Descriptor> opened = open_shared(file);
    const std::optional<std::uint64_t> size = *opened ? os::file_size(opened->get()) : std::nullopt;
    if (!size)
        return Reply(404, "not found\n");
    const std::optional<std::string> known = request.headers.find("If-None-Match");
    if (known && !file.entity_tag.empty() && *known == quoted(file.entity_tag)) {
        Reply unchanged(304);
        describe(unchanged, file);
        return unchanged;
    }
    std::optional<std::string> range;
    if (request.method == "GET" && may_resume(file, request))
        range = request.headers.find("Range");
    const Part part = part_of(range, *size);
    if (part.kind == Part::Kind::nothing_there)
        return unsatisfiable(*size);
    Reply head(part.kind == Part::Kind::part ? 206 : 200, {}, file.type);
    describe(head, file);
    if (part.kind == Part::Kind::part)
        head.headers.set("Content-Range", "bytes " + std::to_string(part.first) + "-" +
                                              std::to_string(part.first + part.size - 1) + "/" +
                                              std::to_string(*size));
    return Sending{opened, std::move(head), part.first, part.size, file.passing};
}

void Storing::append(std::string_view bytes)
{
    if (!os::write_at(file.get(), bytes, offset))
        throw os::is_no_room(errno) ? Refused(507, "the disk is full")
                                    : Refused(500, "writing the file failed");
    offset += bytes.size();
    if (target.moved)
        target.moved();
}

Reply Storing::finish()
{
    file.close();
    return complete && target.done ? target.done(offset) : Reply(204);
}

std::variant<Reply, Storing> open_to_store(StoreFile target, const Request& request)
{
    const std::uint64_t length = request.body_size.value_or(0);
    ContentRange range{true, 0, length - 1, length};
    if (const std::optional<std::string> field = request.headers.find("Content-Range")) {
        const std::optional<ContentRange> parsed = content_range_of(*field);
        const bool fits =
            parsed && (parsed->has_bytes ? parsed->last - parsed->first + 1 == length : length == 0);
        if (!fits)
            return Reply(400, "Content-Range does not fit the body\n");
        range = *parsed;
    }
    const std::uint64_t first = range.has_bytes ? range.first : *range.total;
    const std::uint64_t end = first + length;
    if (end > target.most || range.total.value_or(0) > target.most)
        return Reply(413, "the file is too large\n");
    std::optional<Opened> opened = open_regular(target.path, os::Open::write | os::Open::create);
    if (!opened)
        return Reply(500, "the file cannot be opened\n");
    if (first > opened->size)
        return unsatisfiable(opened->size); // a hole would be left
    if (!os::truncate(opened->file.get(), first))
        return Reply(500, "the file cannot be cut\n");
    return Storing{std::move(opened->file), first, end == range.total.value_or(end), std::move(target)};
}

std::variant<Reply, Storing> look_at_stored(const StoreFile& target)
{
    const std::optional<Opened> opened = open_regular(target.path, os::Open::read);
    return Storing{os::Descriptor(), opened ? opened->size : 0, false, target};
}

} // namespace common::net
