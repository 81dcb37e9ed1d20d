#include "manager/cli/component_options.hpp"

#include "common/error.hpp"
#include "manager/cli/component_folder.hpp"

#include <algorithm>
#include <map>

namespace manager::cli {

namespace {

namespace fs = std::filesystem;
using common::Error;
using common::Trouble;

/// The same thing twice would be one job.
void refuse_twins(const std::vector<baseline::Component>& components)
{
    std::map<std::string, fs::path> seen;
    for (const baseline::Component& component : components) {
        const auto [first, fresh] = seen.try_emplace(component.identity(), component.file);
        if (!fresh)
            throw Error(Trouble::invalid,
                        component.file.string() + " is the same component as " + first->second.string() +
                            ": name and version, or content, are equal",
                        "name it once");
    }
}

} // namespace

void ComponentOptions::declare(po::options_description& options, po::positional_options_description& operands)
{
    auto option = options.add_options();
    option("component", po::value(&files_)->value_name("FILE"),
           "package, program or firmware to install, in this order; also without the option's name");
    option("baseline", po::value(&baseline_)->value_name("DIR"),
           "install all packages of a folder, and on BMCs the firmware in it");
    option("argument", po::value(&arguments_)->composing()->value_name("VALUE"),
           "pass this to the program that is the component; repeatable, in this order");
    option("firmware-entry", po::value(&firmware_entry_)->value_name("ID"),
           "what the firmware is for, by its id or name in the BMC's inventory");
    option("firmware-version", po::value(&firmware_version_)->value_name("VERSION"),
           "the version that the firmware brings, where the file does not tell");
    operands.add("component", -1);
}

std::vector<baseline::Component>
ComponentOptions::components(const std::vector<target::Target>& targets) const
{
    if (!are_given())
        throw Error(Trouble::invalid, "deploy: nothing to install",
                    "name package files or programs, or --baseline DIR");
    std::vector<baseline::Component> found;
    for (const std::string& file : files_) {
        if (file.empty())
            throw Error(Trouble::invalid, "deploy: a component without a name",
                        "an empty word was given; is it a variable of your shell that is not set?");
        found.push_back(baseline::read_component(fs::absolute(file)));
    }
    if (!baseline_.empty())
        for (baseline::Component& component : read_folder(baseline_, sorts_for(targets)))
            found.push_back(std::move(component));
    give_arguments(found);
    give_firmware_facts(found);
    refuse_twins(found);
    return found;
}

void ComponentOptions::give_arguments(std::vector<baseline::Component>& components) const
{
    if (arguments_.empty())
        return;
    std::vector<baseline::Component*> programs;
    for (baseline::Component& component : components)
        if (common::is_program(component.kind))
            programs.push_back(&component);
    if (programs.size() != 1)
        throw Error(
            Trouble::invalid,
            "--argument is for exactly one program; there " +
                (programs.empty() ? std::string("is none") : "are " + std::to_string(programs.size())) +
                " among the components",
            programs.empty() ? "packages take no arguments" : "deploy them one after the other");
    programs.front()->arguments = arguments_;
}

/// Of a bare image nobody knows what it is but who has got it.
void ComponentOptions::give_firmware_facts(std::vector<baseline::Component>& components) const
{
    if (firmware_entry_.empty() && firmware_version_.empty())
        return;
    std::vector<baseline::Component*> images;
    for (baseline::Component& component : components)
        if (component.firmware)
            images.push_back(&component);
    if (images.size() != 1)
        throw Error(Trouble::invalid,
                    "--firmware-entry and --firmware-version are for exactly one firmware; there " +
                        (images.empty() ? std::string("is none") : "are " + std::to_string(images.size())) +
                        " among the components",
                    images.empty() ? "" : "deploy them one after the other");
    baseline::Component& image = *images.front();
    image.code = firmware_entry_;
    if (firmware_version_.empty())
        return;
    image.version = firmware_version_;
    for (baseline::FirmwarePart& part : image.firmware->parts)
        part.version = firmware_version_;
}

} // namespace manager::cli
