#include "manager/cli/inventory_text.hpp"

#include "common/error.hpp"
#include "common/os/file.hpp"
#include "common/text.hpp"
#include "manager/cli/campaign.hpp"
#include "manager/cli/words.hpp"

#include <algorithm>
#include <map>

namespace manager::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t most_bytes = 64 << 20;

/// The text at `object`/`key`; empty when there is none. Machines said it: made harmless.
std::string text_at(const Json& object, const char* part, const char* key)
{
    const auto found = object.find(part);
    if (found == object.end() || !found->contains(key) || !found->at(key).is_string())
        return {};
    return common::one_line(found->at(key).get<std::string>(), 60);
}

std::uint64_t number_at(const Json& object, const char* key)
{
    const auto found = object.find(key);
    return found != object.end() && found->is_number() ? found->get<std::uint64_t>() : 0;
}

std::string or_dash(const std::string& text)
{
    return text.empty() ? "-" : text;
}

std::string processor(const Json& inventory)
{
    const std::string model = text_at(inventory, "processor", "model");
    const auto part = inventory.find("processor");
    const std::uint64_t threads = part == inventory.end() ? 0 : number_at(*part, "threads");
    return threads == 0 ? or_dash(model) : std::to_string(threads) + " x " + or_dash(model);
}

std::string memory(const Json& inventory)
{
    const auto part = inventory.find("memory");
    return part == inventory.end() ? "-" : common::bytes_text(number_at(*part, "total_bytes"));
}

std::string disks(const Json& inventory)
{
    const auto list = inventory.find("disks");
    if (list == inventory.end() || list->empty())
        return "-";
    std::uint64_t total = 0;
    for (const Json& disk : *list)
        total += number_at(disk, "size_bytes");
    return std::to_string(list->size()) + ": " + common::bytes_text(total);
}

std::string model(const Json& inventory)
{
    const std::string vendor = text_at(inventory, "hardware", "vendor");
    const std::string product = text_at(inventory, "hardware", "product");
    return or_dash(vendor.empty() || product.starts_with(vendor) ? product
                   : product.empty()                             ? vendor
                                                                 : vendor + " " + product);
}

std::string packages(const Json& inventory)
{
    std::map<std::string, std::size_t> formats;
    if (const auto list = inventory.find("packages"); list != inventory.end())
        for (const Json& package : *list)
            ++formats[common::one_line(package.value("format", "?"), 10)];
    std::vector<std::string> parts;
    for (const auto& [format, count] : formats)
        parts.push_back(std::to_string(count) + " " + format);
    return or_dash(common::join(parts, ", "));
}

} // namespace

Inventories read_inventories(const rollout::Run& run, const std::filesystem::path& data)
{
    Inventories inventories(run.targets.size());
    for (std::size_t i = 0; i < inventories.size(); ++i) {
        const auto text = common::os::read_file_if_there(inventory_file(run, i, data), most_bytes);
        if (!text)
            continue;
        Json parsed = Json::parse(*text, nullptr, false);
        if (parsed.is_object())
            inventories[i] = std::move(parsed);
    }
    return inventories;
}

std::vector<std::string> inventory_table(const rollout::Run& run, const Inventories& inventories)
{
    std::vector<std::vector<std::string>> rows{
        {"TARGET", "SYSTEM", "KERNEL", "CPU", "MEMORY", "DISKS", "MODEL", "PACKAGES"}};
    for (std::size_t i = 0; i < inventories.size(); ++i) {
        const Json& inventory = inventories[i];
        if (!inventory.is_null())
            rows.push_back({common::one_line(run.request.targets.at(i).name),
                            or_dash(text_at(inventory, "operating_system", "name")),
                            or_dash(text_at(inventory, "operating_system", "kernel")), processor(inventory),
                            memory(inventory), disks(inventory), model(inventory), packages(inventory)});
    }
    return rows.size() == 1 ? std::vector<std::string>() : aligned(rows);
}

std::string inventory_document(const rollout::Run& run, const Inventories& inventories)
{
    Json targets = Json::array();
    for (std::size_t i = 0; i < inventories.size(); ++i) {
        const rollout::TargetState& state = run.targets.at(i);
        Json entry{{"target", run.request.targets.at(i).name}};
        if (!inventories[i].is_null())
            entry["inventory"] = inventories[i];
        else
            entry["error"] = {{"outcome", state_name(state)}, {"text", state.text}, {"hint", state.hint}};
        targets.push_back(std::move(entry));
    }
    const Json document{
        {"format", "soapstone-inventory/1"}, {"run", run.id}, {"targets", std::move(targets)}};
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace manager::cli
