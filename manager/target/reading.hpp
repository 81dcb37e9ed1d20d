#pragma once

#include "common/error.hpp"
#include "manager/target/target.hpp"

#include <yaml-cpp/node/node.h>

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// What the readers of files with targets share.
namespace manager::target {

/// Where something stands in a file that a person wrote; both numbers count from 1.
struct Place {
    std::string file;
    std::size_t line = 1;
    std::size_t column = 1;
};

std::string text_of(const Place& place); ///< FILE:LINE:COLUMN

/// Throws `invalid`: "FILE:LINE:COLUMN: why".
[[noreturn]] void refuse(const Place& place, const std::string& why, const std::string& hint = {});

/// What a file says about targets, whatever its format.
struct Listing {
    std::vector<Target> targets;
    std::map<std::string, std::size_t> places; ///< in `targets`, by its name in the file, in lower case
    std::map<std::string, std::vector<std::size_t>> groups; ///< places in `targets`
    /// Why some targets, by name, cannot be worked on as the file wants it. Told when one of them is
    /// selected: a file may well hold machines that are not for us.
    std::map<std::string, common::Error> problems;
    /// The same about users; those targets have none, until the command line gives one.
    std::map<std::string, common::Error> user_problems;
    std::vector<std::string> notices;                  ///< sentences about what was not taken from the file
    std::map<std::filesystem::path, Place> key_places; ///< where a key file is first named
};

/// The whole of a file that is `what`. Throws `invalid` when it cannot be read.
std::string read_text(const std::filesystem::path& file, const std::string& what);

struct Line {
    std::size_t number; ///< from 1
    std::string_view text;
};

/// The lines of `text`, without a byte order mark, line ends and blanks at their ends.
std::vector<Line> lines_of(std::string_view text);

/// Throws `invalid` with the place of what is no YAML.
YAML::Node load_yaml(const std::string& file, const std::string& text);
Place place_of(const std::string& file, const YAML::Node& node);

/// A port, 1 to 65535. Throws `invalid`.
std::uint16_t port_at(const Place& place, const std::string& digits);
/// A word that ends up in a login, and can be the name of a `kind`: host, user. Throws `invalid`.
std::string name_at(const Place& place, const std::string& word, const char* kind);
/// `text` as a path that holds from everywhere: "~/" is the home folder, relative ones begin at `folder`.
std::filesystem::path path_from(const std::filesystem::path& folder, const std::string& text);

} // namespace manager::target
