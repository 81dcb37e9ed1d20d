#pragma once

#include "common/error.hpp"
#include "manager/target/target_set.hpp"
#include "manager/target/targets_file.hpp"
#include "tests/support/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <sstream>

namespace tests {

/// A file of targets, whatever its format, and what is selected from it.
class ListingRig {
public:
    using Targets = std::vector<manager::target::Target>;
    using Specs = std::vector<std::string>;

    ListingRig(const std::string& text, const std::string& name) : path_(file(name, text)) {}

    /// Another file beside it.
    std::filesystem::path file(const std::string& name, const std::string& text) const
    {
        std::filesystem::create_directories((scratch_.path() / name).parent_path());
        return scratch_.file(name, text);
    }

    std::filesystem::path folder() const { return scratch_.path(); }

    Targets targets(const Specs& specs = {}, const Specs& excluded = {},
                    const manager::target::Wishes& wishes = {}) const
    {
        const manager::target::TargetsFile file(path_);
        std::istringstream nothing;
        manager::target::TargetSet set(wishes, &file, nothing);
        for (const std::string& spec : specs)
            set.add(spec);
        if (specs.empty())
            set.add_file();
        set.exclude(excluded);
        file.check(set.targets());
        return set.targets();
    }

    std::string names(const Specs& specs = {}, const Specs& excluded = {}) const
    {
        std::string text;
        for (const manager::target::Target& target : targets(specs, excluded))
            text += (text.empty() ? "" : " ") + target.name;
        return text;
    }

    manager::target::Target target(const std::string& name) const
    {
        for (const manager::target::Target& target : targets())
            if (target.name == name)
                return target;
        throw std::runtime_error("no target " + name);
    }

    /// One a line, behind the file's path.
    std::string notices() const
    {
        const manager::target::TargetsFile file(path_);
        std::string text;
        for (const std::string& notice : file.notices())
            text += behind_path(notice) + "\n";
        return text;
    }

    /// What is wrong, behind the file's path; and the way out.
    std::string complaint(const Specs& specs = {}) const
    {
        try {
            targets(specs);
        } catch (const common::Error& error) {
            BOOST_TEST((error.trouble() == common::Trouble::invalid));
            return behind_path(error.text() + (error.hint().empty() ? "" : " | " + error.hint()));
        }
        return "accepted";
    }

private:
    std::string behind_path(const std::string& text) const
    {
        return text.starts_with(path_.string()) ? text.substr(path_.string().size()) : text;
    }

    Scratch scratch_;
    std::filesystem::path path_;
};

/// Calls `look` with `rounds` texts in which a few bytes of `text` are others; the same ones each time.
template <typename Look>
void each_spoiled(const std::string& text, int rounds, const Look& look)
{
    std::uint32_t state = 7;
    const auto random = [&](std::uint32_t below) {
        state = state * 1664525 + 1013904223;
        return (state >> 8) % below;
    };
    for (int round = 0; round < rounds; ++round) {
        std::string spoiled = text;
        for (int change = 0; change < 4; ++change)
            spoiled[random(static_cast<std::uint32_t>(spoiled.size()))] =
                static_cast<char>(round % 2 == 0 ? 32 + random(95) : random(256));
        look(spoiled);
    }
}

} // namespace tests
