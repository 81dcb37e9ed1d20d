#pragma once

#include "manager/target/node_range.hpp"
#include "manager/target/target.hpp"

#include <istream>
#include <set>
#include <string>
#include <vector>

namespace manager::target {

class SshConfig;
class TargetsFile;

/// The targets of a run, in the order in which they were named, each once. Capital letters make no
/// difference.
class TargetSet {
public:
    /// `file`, which may be null, knows some targets better than Target's defaults do, and `wishes` beat
    /// both. `config`, which may be null, fills in what nobody has said. `input` is what "-" reads.
    TargetSet(Wishes wishes, const TargetsFile* file, std::istream& input, const SshConfig* config = nullptr)
        : wishes_(std::move(wishes)), file_(file), input_(input), config_(config)
    {
    }

    /// `[user@]host[:port]`, ranges, lists, @GROUP of the file, @FILE, "-". Throws `invalid`.
    void add(const std::string& spec);
    /// All that the file names.
    void add_file();

    /// Takes out what `specs` name, by name or by host. Throws `invalid` for a name that none of the targets
    /// has, which is a slip of the pen; groups and files may name others as well.
    void exclude(const std::vector<std::string>& specs);

    const std::vector<Target>& targets() const { return targets_; }

private:
    std::vector<Target> named(const std::string& spec, int depth) const;
    std::vector<Target> lines_of(std::istream& lines, const std::string& name, int depth) const;
    std::vector<Target> indirect(const std::string& name, int depth) const;
    Target one(const std::string& text) const;
    Target wished(Target target) const;
    void add_one(Target target);
    std::set<std::size_t> places_of(const std::string& spec) const;
    [[noreturn]] void refuse_exclusion(const std::string& part) const;

    Wishes wishes_;
    const TargetsFile* file_;
    std::istream& input_;
    const SshConfig* config_;
    std::vector<Target> targets_;
    std::set<std::string> names_; ///< in lower case
};

/// One target out of `[user@]host[:port]`, without ranges. Throws `invalid`.
Target parse_target(const std::string& text, const Target& defaults);

/// Also with a zone, fe80::1%eth0.
bool is_ipv6(const std::string& host);

/// Throws `invalid` unless `word`, which is part of `text`, can be the name of a `kind`: host or user.
void check_name(const std::string& text, const std::string& word, const char* kind);

} // namespace manager::target
