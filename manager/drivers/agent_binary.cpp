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

/// A platform that there can be an agent for.
struct Kind {
    const char* os;           ///< as Platform::os
    const char* architecture; ///< as Platform::architecture
    const char* folder;
    const char* file;
};

/// The first is the manager's own, whose agent the build puts beside it.
constexpr std::array kinds{Kind{"Linux", "x86_64", "linux-x86_64", "soapstone-agent"},
                           Kind{"Linux", "aarch64", "linux-aarch64", "soapstone-agent"},
                           Kind{"Windows", "x86_64", "windows-x86_64", "soapstone-agent.exe"}};

std::vector<std::filesystem::path> places(const Kind& kind)
{
    const std::filesystem::path here = common::os::own_folder();
    const std::filesystem::path above = here.parent_path();
    std::vector<std::filesystem::path> paths{above / "agents" / kind.folder / kind.file, // built
                                             above / "lib/soapstone/agents" / kind.folder / kind.file};
    if (&kind == &kinds.front())
        paths.insert(paths.begin(), here / kind.file);
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
std::optional<transport::AgentBinary> load(const std::filesystem::path& place, const Kind& kind,
                                           const PackedAgents& kept)
{
    const common::os::Descriptor file(::open(place.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file && (errno == ENOENT || errno == ENOTDIR))
        return std::nullopt;
    struct stat info {};
    if (!file || ::fstat(file.get(), &info) != 0)
        throw common::system_error("opening " + place.string());
    const std::string sha256 = common::tls::sha256_of_file(file.get());
    if (std::optional<std::string> packed = kept.find(sha256))
        return transport::AgentBinary{kind.architecture, std::move(*packed), sha256,
                                      static_cast<std::uint64_t>(info.st_size), kind.os};
    const std::string bytes = common::os::read_file(place, most_bytes);
    transport::AgentBinary fresh{kind.architecture, gzip(bytes), common::tls::sha256_hex(bytes), bytes.size(),
                                 kind.os};
    kept.keep(fresh.sha256, fresh.compressed);
    return fresh;
}

/// As above, at the first place that has one; the places without are added to `looked`.
std::optional<transport::AgentBinary> load(const Kind& kind, const PackedAgents& kept,
                                           std::vector<std::string>& looked)
{
    for (const std::filesystem::path& place : places(kind)) {
        if (std::optional<transport::AgentBinary> agent = load(place, kind, kept))
            return agent;
        looked.push_back(place.string());
    }
    return std::nullopt;
}

} // namespace

const transport::AgentBinary& Agents::of(const transport::Platform& platform) const
{
    std::vector<std::string> names;
    for (const transport::AgentBinary& agent : agents_) {
        if (agent.os == platform.os && agent.architecture == platform.architecture)
            return agent;
        names.push_back(agent.os + " on " + agent.architecture);
    }
    throw common::Error(common::Trouble::rejected,
                        "there is no agent for the target's platform, " + platform.os + " on " +
                            platform.architecture + ", only for " + common::join(names, ", "),
                        "build or install that agent, or leave the target out");
}

std::vector<std::string> Agents::architectures() const
{
    std::vector<std::string> names;
    for (const transport::AgentBinary& agent : agents_)
        if (agent.os == kinds.front().os)
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
    for (const Kind& kind : kinds)
        if (auto agent = load(kind, kept, looked))
            agents.push_back(std::move(*agent));
    if (agents.empty())
        throw common::Error(common::Trouble::invalid,
                            "there is no agent; looked at " + common::join(looked, ", "),
                            "build or install soapstone-agent");
    return Agents(std::move(agents));
}

} // namespace manager::drivers
