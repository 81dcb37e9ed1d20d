#include "agent/journal_format.hpp"

#include "agent/crc32.hpp"
#include "common/error.hpp"
#include "common/text.hpp"

#include <algorithm>

namespace agent::journal {

namespace {

constexpr std::string_view magic = "SsJr";
constexpr std::string_view head_word = "soapstone-journal ";
constexpr std::string_view version = "1";
constexpr std::size_t record_head = 24;
constexpr std::size_t trailer = 4;
constexpr std::uint32_t most_body = 64 << 10; // as common::Fields

void put(std::string& bytes, std::uint64_t value, int size)
{
    for (int i = 0; i < size; ++i)
        bytes += static_cast<char>(value >> (8 * i));
}

std::uint64_t take(std::string_view bytes, std::size_t at, int size)
{
    std::uint64_t value = 0;
    for (int i = 0; i < size; ++i)
        value |=
            static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]))
            << (8 * i);
    return value;
}

std::string head_line(std::string_view number)
{
    std::string text = std::string(head_word) + std::string(number);
    std::string crc;
    put(crc, crc32(text), 4);
    return text + ' ' + common::to_hex(crc) + '\n';
}

bool only_zeros(std::string_view bytes)
{
    return bytes.find_first_not_of('\0') == std::string_view::npos;
}

enum class Look { sound, incomplete, broken };

/// Looks at the record that should begin at the front of `bytes`.
Look look(std::string_view bytes, Record& record)
{
    if (bytes.size() < record_head)
        return magic.starts_with(bytes.substr(0, magic.size())) ? Look::incomplete : Look::broken;
    const auto type = static_cast<std::uint32_t>(take(bytes, 4, 4));
    const auto length = static_cast<std::uint32_t>(take(bytes, 16, 4));
    if (!bytes.starts_with(magic) || crc32(bytes.substr(0, 20)) != take(bytes, 20, 4) || length > most_body ||
        type < 1 || type > 2)
        return Look::broken;
    record.type = static_cast<Type>(type);
    record.seq = take(bytes, 8, 8);
    record.size = record_head + length + trailer;
    if (bytes.size() < record.size)
        return Look::incomplete;
    record.body = bytes.substr(record_head, length);
    return crc32(record.body) == take(bytes, record_head + length, 4) ? Look::sound : Look::broken;
}

/// Where the next sound record behind `at` begins; the end when there is none.
std::size_t next_sound(std::string_view bytes, std::size_t at)
{
    Record record{};
    while ((at = bytes.find(magic, at + 1)) != std::string_view::npos)
        if (look(bytes.substr(at), record) == Look::sound)
            return at;
    return bytes.size();
}

/// Reads the first line; returns where the records begin.
std::size_t scan_head(std::string_view bytes, Scan& scan)
{
    const std::string expected = file_head();
    if (bytes.starts_with(expected))
        return expected.size();
    if (bytes.size() < expected.size() &&
        (std::string_view(expected).starts_with(bytes) || only_zeros(bytes))) {
        scan.head_missing = true;
        scan.torn = !bytes.empty();
        return bytes.size();
    }
    const std::string_view line = bytes.substr(0, bytes.find('\n'));
    const std::size_t blank = line.rfind(' ');
    if (line.starts_with(head_word) && blank > head_word.size() && blank != std::string_view::npos) {
        const std::string_view number = line.substr(head_word.size(), blank - head_word.size());
        if (head_line(number) == std::string(line) + '\n')
            throw common::Error(common::Trouble::rejected,
                                "the journal on the target has format " + common::one_line(number, 20) +
                                    ", which this version cannot read",
                                "go on with the version of Soapstone that wrote it");
    }
    scan.damaged = true;
    Record record{};
    return look(bytes.substr(std::min(expected.size(), bytes.size())), record) == Look::sound
               ? expected.size()
               : next_sound(bytes, 0);
}

} // namespace

std::string file_head()
{
    return head_line(version);
}

std::string encode(Type type, std::uint64_t seq, std::string_view body)
{
    std::string bytes(magic);
    put(bytes, static_cast<std::uint32_t>(type), 4);
    put(bytes, seq, 8);
    put(bytes, body.size(), 4);
    put(bytes, crc32(bytes), 4);
    bytes += body;
    put(bytes, crc32(body), 4);
    return bytes;
}

Scan scan(std::string_view bytes)
{
    Scan scan;
    std::size_t at = scan_head(bytes, scan);
    while (at < bytes.size()) {
        Record record{};
        const Look found = look(bytes.substr(at), record);
        if (found == Look::sound) {
            record.offset = at;
            scan.records.push_back(record);
            at += record.size;
            continue;
        }
        // A crash leaves a part of a record, or room that was never written: zeros, with some file systems.
        if (found == Look::incomplete || only_zeros(bytes.substr(at))) {
            scan.torn = true;
            break;
        }
        scan.damaged = true;
        at = next_sound(bytes, at);
    }
    scan.sound_end = at;
    return scan;
}

std::string_view body_of(std::string_view bytes)
{
    Record record{};
    if (look(bytes, record) != Look::sound || record.size != bytes.size())
        throw common::Error(common::Trouble::rejected, "an entry of the journal on the target is damaged");
    return record.body;
}

} // namespace agent::journal
