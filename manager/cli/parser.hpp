#pragma once

#include <boost/program_options.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace manager::cli {

namespace po = boost::program_options;

/// What a command takes; see parse().
struct Declared {
    po::options_description options;
    po::positional_options_description operands;
};

/// Reads `words`, which came after the word `command`, into what was declared, and returns what stands
/// there. Nothing is guessed from beginnings: --par would silently change its meaning when another option
/// with that beginning comes. `more`: options beside the words; reading n words takes Program_options a time
/// that grows with n squared. Throws `invalid`, naming the command.
po::parsed_options parse(std::string_view command, const Declared& declared,
                         const std::vector<std::string>& words, const std::vector<po::option>& more = {});

} // namespace manager::cli
