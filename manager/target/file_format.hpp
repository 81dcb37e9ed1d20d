#pragma once

#include <string>

namespace YAML {
class Node;
}

namespace manager::target {

enum class FileFormat {
    yaml,        ///< ours, or an inventory of Ansible: see is_ansible_yaml()
    ansible_ini, ///< also a plain list of hosts
    hpsum,
};

/// What `text` looks like. Throws `invalid`, with the way out, for what is clearly something else: a program
/// that makes an inventory, an encrypted file, a key.
FileFormat format_of(const std::string& file, const std::string& text);

/// Whether a file of YAML is an inventory of Ansible, and not ours. Throws `invalid`, with the way out, for
/// other files of Ansible: playbooks, settings of inventory plugins.
bool is_ansible_yaml(const std::string& file, const YAML::Node& root);

} // namespace manager::target
