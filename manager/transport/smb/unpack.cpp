#include "manager/transport/smb/unpack.hpp"

#include "common/error.hpp"

#include <zlib.h>

namespace manager::transport::smb {

std::string unpack(const AgentBinary& agent)
{
    z_stream stream{};
    constexpr int gzip_window = 15 + 16; // zlib's way to ask for a gzip header
    if (inflateInit2(&stream, gzip_window) != Z_OK)
        throw common::Error(common::Trouble::defect, "the unpacker does not start");
    std::string program(agent.size, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(agent.compressed.data())); // only read
    stream.avail_in = static_cast<uInt>(agent.compressed.size());
    stream.next_out = reinterpret_cast<Bytef*>(program.data());
    stream.avail_out = static_cast<uInt>(program.size());
    const int result = inflate(&stream, Z_FINISH);
    const bool whole = result == Z_STREAM_END && stream.total_out == program.size();
    inflateEnd(&stream);
    if (!whole)
        throw common::Error(common::Trouble::rejected, "the agent could not be unpacked here", "try again");
    return program;
}

} // namespace manager::transport::smb
