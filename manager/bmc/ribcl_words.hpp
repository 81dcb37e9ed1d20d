#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// RIBCL, the XML of HPE's iLO 1 to 4, as text. Pure functions. Its answers are several documents one after
/// the other, some of which are no XML that a parser would take, so they are read tag by tag: no entities but
/// the five of XML, no DTD, nothing nested.
namespace manager::bmc {

/// One tag and its attributes. Names in upper case.
struct RibclTag {
    std::string name;
    std::map<std::string, std::string> attributes;

    /// Empty where there is none.
    std::string value(const std::string& attribute) const;
};

/// All opening tags of `text`, at most 20 000; also those of `<RIBCL/>`. What is no tag is passed over.
std::vector<RibclTag> ribcl_tags(std::string_view text);

/// What the iLO said to one request.
struct RibclAnswer {
    std::vector<RibclTag> tags;
    unsigned status = 0; ///< the first that is not 0
    std::string message; ///< that came with it
};

RibclAnswer read_ribcl(std::string_view text);

/// The newest text of progress in an answer that may not be whole yet; empty where there is none.
std::string newest_inform(std::string_view text);

/// A request that asks for nothing and names nobody, to see who understands it.
constexpr std::string_view empty_ribcl_request =
    "<?xml version=\"1.0\"?>\r\n<RIBCL VERSION=\"2.0\"></RIBCL>\r\n";

/// Whether `text` begins as an answer does.
bool is_ribcl(std::string_view text);

/// What an iLO tells without a login (/xmldata?item=all). Empty where it does not.
struct RibclFacts {
    std::string product; ///< of the host
    std::string serial;
    std::string uuid;
    std::string kind;    ///< "Integrated Lights-Out 4 (iLO 4)"
    std::string version; ///< of its firmware
};

/// Nothing for what is no such description.
std::optional<RibclFacts> read_xmldata(const std::string& text);

/// `text` as the value of an attribute. The result is all that holds it, so that it can be wiped.
std::string ribcl_value(std::string_view text);

/// A request. `part`: RIB_INFO, SERVER_INFO; `mode`: read, write. It holds the password.
std::string ribcl_request(std::string_view user, std::string_view password, const std::string& part,
                          const std::string& mode, const std::string& command);

/// The lines of an event log.
std::vector<std::string> ribcl_log_lines(const RibclAnswer& answer);

} // namespace manager::bmc
