#pragma once

#include "common/os/descriptor.hpp"
#include "common/tls/line_chain.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace agent {

/// A file of chained lines that several processes append to. Each of them follows what the others write, and
/// so notices when lines that it knows are changed under its hands. Nothing throws: what cannot be written is
/// lost. One thread at a time.
class ChainedFile {
public:
    /// Opens or makes `path`. `header` is its first line. At 8 MiB the file is full.
    ChainedFile(const std::filesystem::path& path, std::string header);

    /// Appends a line, in one write.
    void append(const std::string& text);

    /// The chain with all that is in the file by now.
    const common::tls::LineChain& chain();

    /// What was appended survives a power cut.
    void sync() const;

private:
    void catch_up();
    void put(const std::string& text);

    const common::os::Descriptor file_;
    const std::string header_;
    common::tls::LineChain chain_;
    std::uint64_t seen_ = 0; ///< bytes of the file that the chain has taken
    bool told_ = false;      ///< that lines were changed
};

} // namespace agent
