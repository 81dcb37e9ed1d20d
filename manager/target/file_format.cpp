#include "manager/target/file_format.hpp"

#include "manager/target/hpsum_file.hpp"
#include "manager/target/reading.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>

namespace manager::target {

namespace {

constexpr const char* let_ansible_write =
    "'ansible-inventory -i THIS --list --yaml' writes what can be read here";

struct Stranger {
    std::string_view beginning;
    const char* what;
    const char* hint;
};

constexpr std::array strangers{
    Stranger{"#!", "this is a program that makes an inventory, and not an inventory", let_ansible_write},
    Stranger{"$ANSIBLE_VAULT", "this file is encrypted by ansible-vault",
             "'ansible-vault view THIS > hosts' writes what can be read here; passwords in it are not used"},
    Stranger{"-----BEGIN ", "this is a key or a certificate, and not a file of targets",
             "a key to log in with is given with -i"},
    Stranger{"!<arch>", "this is a package, and not a file of targets", "components are named without -f"},
};

void refuse_strangers(const std::string& file, const std::string& text)
{
    for (const Stranger& stranger : strangers)
        if (text.starts_with(stranger.beginning))
            refuse({file}, stranger.what, stranger.hint);
    const std::size_t zero = text.find('\0');
    if (zero == std::string::npos)
        return;
    const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(zero), '\n');
    refuse({file, static_cast<std::size_t>(line) + 1}, "this is no text",
           "a file of targets is YAML, an inventory of Ansible or an input file of HP SUM, in UTF-8");
}

/// The first line that is more than a comment; empty when there is none.
std::string_view first_line(const std::vector<Line>& lines)
{
    for (const Line& line : lines) {
        const std::size_t begin = line.text.find_first_not_of(" \t");
        if (begin != std::string_view::npos && line.text[begin] != '#' && line.text[begin] != ';')
            return line.text;
    }
    return {};
}

/// "key:", "key: value", "- item", "---", "{", "[a, b]", but neither "[web]" nor "web1:2222".
bool begins_yaml(std::string_view line)
{
    if (line.empty() || line.front() == ' ' || line.front() == '{' || line.front() == '%' ||
        line.starts_with("---") || line.starts_with("- ") || line == "-")
        return true;
    if (line.front() == '[')
        return line.find(']') == std::string_view::npos || line.find(',') < line.find(']');
    const std::size_t colon = line.find(": ");
    return line.ends_with(':') || (colon != std::string_view::npos && line.find('=') > colon);
}

bool has(const YAML::Node& node, const std::vector<std::string>& keys)
{
    return std::any_of(node.begin(), node.end(), [&](const auto& pair) {
        return pair.first.IsScalar() &&
               std::find(keys.begin(), keys.end(), pair.first.Scalar()) != keys.end();
    });
}

} // namespace

FileFormat format_of(const std::string& file, const std::string& text)
{
    refuse_strangers(file, text);
    const std::vector<Line> lines = lines_of(text);
    if (is_hpsum(lines))
        return FileFormat::hpsum;
    return begins_yaml(first_line(lines)) ? FileFormat::yaml : FileFormat::ansible_ini;
}

bool is_ansible_yaml(const std::string& file, const YAML::Node& root)
{
    if (root.IsSequence() && root.size() > 0 && root[0].IsMap() && has(root[0], {"hosts", "import_playbook"}))
        refuse(place_of(file, root), "this is a playbook of Ansible, and not an inventory",
               "name the inventory that it is run with");
    if (!root.IsMap() || has(root, {"defaults", "groups", "hosts"}))
        return false;
    if (has(root, {"plugin"}))
        refuse(place_of(file, root), "these are the settings of a plugin that makes an inventory",
               let_ansible_write);
    if (has(root, {"_meta"}))
        refuse(place_of(file, root), "this is what an inventory program prints, and not an inventory",
               let_ansible_write);
    return has(root, {"all", "ungrouped"}) || std::any_of(root.begin(), root.end(), [](const auto& pair) {
               return pair.second.IsMap() && has(pair.second, {"hosts", "children", "vars"});
           });
}

} // namespace manager::target
