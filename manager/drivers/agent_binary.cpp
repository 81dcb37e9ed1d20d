#include "manager/drivers/agent_binary.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/os/process.hpp"
#include "common/tls/hash.hpp"

#include <filesystem>
#include <vector>
#include <zlib.h>

namespace manager::drivers {

namespace {

/// Larger than any agent; keeps a wrong file from filling the memory.
constexpr std::uint64_t most_bytes = 64 << 20;

std::vector<std::filesystem::path> places(const std::string& architecture)
{
    const std::filesystem::path here = common::os::own_folder();
    const std::string platform = "linux-" + architecture;
    return {here / "soapstone-agent", here.parent_path() / "agents" / platform / "soapstone-agent",
            std::filesystem::path("/usr/lib/soapstone/agents") / platform / "soapstone-agent"};
}

/// RFC 1952, as `gzip -dc` on the target reads it.
std::string gzip(const std::string& bytes)
{
    z_stream stream{};
    constexpr int gzip_window = 15 + 16; // zlib's way to ask for a gzip header
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw common::Error(common::Trouble::defect, "the compressor does not start");
    std::string out(deflateBound(&stream, bytes.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data())); // only read
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int result = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    if (result != Z_STREAM_END)
        throw common::Error(common::Trouble::defect, "the agent could not be compressed");
    return out;
}

std::string packed(const std::string& bytes, const std::string& sha256, const PackedAgents& kept)
{
    if (std::optional<std::string> found = kept.find(sha256))
        return std::move(*found);
    std::string fresh = gzip(bytes);
    kept.keep(sha256, fresh);
    return fresh;
}

} // namespace

transport::AgentBinary load_agent(const std::string& architecture, const PackedAgents& kept)
{
    std::string looked;
    for (const std::filesystem::path& place : places(architecture)) {
        const auto bytes = common::os::read_file_if_there(place, most_bytes);
        if (bytes) {
            const std::string sha256 = common::tls::sha256_hex(*bytes);
            return {architecture, packed(*bytes, sha256, kept), sha256, bytes->size()};
        }
        looked += (looked.empty() ? "" : ", ") + place.string();
    }
    throw common::Error(common::Trouble::invalid,
                        "there is no agent for " + architecture + "; looked at " + looked,
                        "build or install soapstone-agent");
}

} // namespace manager::drivers
