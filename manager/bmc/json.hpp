#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

/// What a BMC says in JSON: everything may be missing or of another type than it should be.
namespace manager::bmc {

using Json = nlohmann::json;
using Keys = std::initializer_list<const char*>; ///< from the outside in: {"Oem", "Hpe", "State"}

/// Throws `rejected` for what is no JSON, or deeper than 64 levels.
Json parse_json(const std::string& text);
/// As parse_json(), but null for what is none.
Json json_or_null(const std::string& text);

/// What stands there; null when there is nothing.
const Json& at(const Json& object, Keys keys);
/// A string; empty where there is none.
std::string text_at(const Json& object, Keys keys);
std::optional<std::uint64_t> number_at(const Json& object, Keys keys);
bool flag_at(const Json& object, Keys keys);
std::vector<std::string> texts_at(const Json& object, Keys keys);

/// The path in `@odata.id` of what stands there; empty where there is none that can be followed.
std::string link_at(const Json& object, Keys keys);
/// The paths of all members of the list there.
std::vector<std::string> links_at(const Json& object, Keys keys);

/// `uri` as a path on the BMC itself, whatever host it names: nothing leads away from there. Empty for what
/// is no path and no URL of HTTP(S), as file:///etc/passwd.
std::string path_of(std::string_view uri);

/// A JSON string with its quotes. The result is all that holds `text`, so that it can be wiped.
std::string json_string(std::string_view text);

} // namespace manager::bmc
