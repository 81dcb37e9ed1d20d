#pragma once

#include "common/error.hpp"
#include "common/text.hpp"

#include <boost/program_options.hpp>

#include <cstdint>
#include <string>

namespace manager::cli {

/// An option `name` whose value is a number in `least`..`most`, kept in `into` (an integer or seconds).
template <typename Number>
auto* number(const char* name, Number* into, std::uint64_t least, std::uint64_t most)
{
    auto* value = boost::program_options::value<std::string>()->value_name("N");
    return value->notifier([=](const std::string& text) {
        const auto found = common::to_number(text, most);
        if (!found || *found < least)
            throw common::Error(common::Trouble::invalid, "--" + std::string(name) + ": '" +
                                                              common::one_line(text, 40) +
                                                              "' is no number from " + std::to_string(least) +
                                                              " to " + std::to_string(most));
        *into = static_cast<Number>(*found);
    });
}

} // namespace manager::cli
