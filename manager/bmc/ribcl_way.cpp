#include "manager/bmc/ribcl_way.hpp"

#include "common/error.hpp"
#include "manager/bmc/ribcl_words.hpp"

namespace manager::bmc {

namespace {

using common::Error;
using common::Trouble;

/// Whether the iLO understands RIBCL in this way. Asks for nothing, and shows no login.
bool understands(RibclWay& way)
{
    return is_ribcl(way.ask(common::Secret(std::string(empty_ribcl_request))));
}

} // namespace

std::unique_ptr<RibclWay> find_ribcl_way(Http http, bool is_ilo)
{
    std::unique_ptr<RibclWay> bare = ribcl_by_tls(http.place(), http.pins());
    std::unique_ptr<RibclWay> by_http = ribcl_by_http(std::move(http));
    try {
        if (understands(*by_http))
            return by_http;
    } catch (const KeyChanged&) {
        throw;
    } catch (const Error& error) { // the oldest answer that there is no such page, or nothing that is HTTP
        if (error.trouble() == Trouble::busy)
            throw;
    }
    return is_ilo || understands(*bare) ? std::move(bare) : nullptr;
}

} // namespace manager::bmc
