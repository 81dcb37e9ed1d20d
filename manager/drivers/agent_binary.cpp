#include "manager/drivers/agent_binary.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/os/process.hpp"
#include "common/text.hpp"
#include "common/tls/hash.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <sys/stat.h>
#include <vector>
#include <zlib.h>

namespace manager::drivers {

namespace {

/// Larger than any agent; keeps a wrong file from filling the memory.
constexpr std::uint64_t most_bytes = 64 << 20;

/// As `uname -m`. The first is the manager's own, whose agent the build puts beside it.
constexpr std::array architectures{"x86_64", "aarch64"};

std::vector<std::filesystem::path> places(const std::string& architecture)
{
    const std::filesystem::path here = common::os::own_folder();
    const std::string platform = "linux-" + architecture;
    const std::filesystem::path above = here.parent_path();
    std::vector<std::filesystem::path> paths{above / "agents" / platform / "soapstone-agent", // built
                                             above / "lib/soapstone/agents" / platform / "soapstone-agent"};
    if (architecture == architectures.front())
        paths.insert(paths.begin(), here / "soapstone-agent");
    return paths;
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

/// The agent in file `place`, if there is one. Usually it is only hashed, not held: it was packed by an
/// earlier run.
std::optional<transport::AgentBinary> load(const std::filesystem::path& place,
                                           const std::string& architecture, const PackedAgents& kept)
{
    const common::os::Descriptor file(::open(place.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file && (errno == ENOENT || errno == ENOTDIR))
        return std::nullopt;
    struct stat info {};
    if (!file || ::fstat(file.get(), &info) != 0)
        throw common::system_error("opening " + place.string());
    const std::string sha256 = common::tls::sha256_of_file(file.get());
    if (std::optional<std::string> packed = kept.find(sha256))
        return transport::AgentBinary{architecture, std::move(*packed), sha256,
                                      static_cast<std::uint64_t>(info.st_size)};
    const std::string bytes = common::os::read_file(place, most_bytes);
    transport::AgentBinary fresh{architecture, gzip(bytes), common::tls::sha256_hex(bytes), bytes.size()};
    kept.keep(fresh.sha256, fresh.compressed);
    return fresh;
}

/// As above, at the first place that has one; the places without are added to `looked`.
std::optional<transport::AgentBinary> load(const std::string& architecture, const PackedAgents& kept,
                                           std::vector<std::string>& looked)
{
    for (const std::filesystem::path& place : places(architecture)) {
        if (std::optional<transport::AgentBinary> agent = load(place, architecture, kept))
            return agent;
        looked.push_back(place.string());
    }
    return std::nullopt;
}

} // namespace

const transport::AgentBinary& Agents::of(const std::string& architecture) const
{
    for (const transport::AgentBinary& agent : agents_)
        if (agent.architecture == architecture)
            return agent;
    throw common::Error(common::Trouble::rejected,
                        "there is no agent for the target's architecture " + architecture + ", only for " +
                            common::join(architectures(), " "),
                        "build or install that agent, or leave it out");
}

std::vector<std::string> Agents::architectures() const
{
    std::vector<std::string> names;
    for (const transport::AgentBinary& agent : agents_)
        names.push_back(agent.architecture);
    return names;
}

std::uint64_t Agents::largest() const
{
    std::uint64_t most = 0;
    for (const transport::AgentBinary& agent : agents_)
        most = std::max(most, agent.size);
    return most;
}

Agents load_agents(const PackedAgents& kept)
{
    std::vector<transport::AgentBinary> agents;
    std::vector<std::string> looked;
    for (const char* architecture : architectures)
        if (auto agent = load(architecture, kept, looked))
            agents.push_back(std::move(*agent));
    if (agents.empty())
        throw common::Error(common::Trouble::invalid,
                            "there is no agent; looked at " + common::join(looked, ", "),
                            "build or install soapstone-agent");
    return Agents(std::move(agents));
}

} // namespace manager::drivers
