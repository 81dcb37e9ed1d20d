#pragma once

#include "manager/target/reading.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace manager::target {

/// What a file says about targets. An inventory of Ansible (INI or YAML) and an input file of HP SUM are
/// taken, too, and told apart by what is in them; see ansible_inventory.hpp and hpsum_file.hpp. Ours is YAML:
///
///     defaults: {user: root, port: 22, key: ~/.ssh/id_ed25519, become: none, connection: ssh}
///     groups:
///       web:
///         user: deploy
///         become: sudo
///         hosts: ["web[1-3]"]
///     hosts:
///       db-7: {address: 10.0.0.7, port: 2222}
///
/// What is said of a host goes before what is said of its groups, and that before the defaults.
class TargetsFile {
public:
    /// Throws `invalid` with file:line:column. Relative paths in it begin at the file's folder.
    explicit TargetsFile(const std::filesystem::path& file);

    const std::vector<Target>& targets() const { return listing_.targets; }
    /// Null: not named in the file. Capital letters make no difference.
    const Target* find(const std::string& name) const;
    bool has_group(const std::string& name) const { return listing_.groups.count(name) > 0; }
    std::vector<Target> group(const std::string& name) const;
    /// `fleet.yaml:7:10`, where the file first names the key file `key` of one of its targets; else empty.
    std::string place_of_key(const std::filesystem::path& key) const;
    std::string group_hint(const std::string& name) const; ///< for one that there is not
    /// Throws `invalid` when the file wants something of one of `targets` that we cannot do.
    void check(const std::vector<Target>& targets) const;
    /// Sentences about what is in the file and was not taken.
    const std::vector<std::string>& notices() const { return listing_.notices; }

private:
    const common::Error* problem_of(const Target& target) const;

    Listing listing_;
};

} // namespace manager::target
