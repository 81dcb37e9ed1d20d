#pragma once

#include "manager/target/target.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace manager::target {

/// What a YAML file says about targets:
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

    const std::vector<Target>& targets() const { return targets_; }
    /// Null: not named in the file. Capital letters make no difference.
    const Target* find(const std::string& name) const;
    bool has_group(const std::string& name) const { return groups_.count(name) > 0; }
    std::vector<Target> group(const std::string& name) const;
    /// `fleet.yaml:7:10`, where the file first names the key file `key` of one of its targets; else empty.
    std::string place_of_key(const std::filesystem::path& key) const;
    std::string group_hint(const std::string& name) const; ///< for one that there is not

private:
    class Reader;

    std::vector<Target> targets_;
    std::map<std::string, std::size_t> places_; ///< in targets_, by name in lower case
    std::map<std::string, std::vector<std::size_t>> groups_;
    std::map<std::filesystem::path, std::string> key_places_;
};

} // namespace manager::target
