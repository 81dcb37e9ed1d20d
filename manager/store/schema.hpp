#pragma once

#include "manager/store/database.hpp"

namespace manager::store {

/// Version of the tables that this program writes.
std::int64_t schema_version();

/// Checks the whole and brings the tables up to schema_version(). A database of a newer program is left
/// untouched: throws `rejected`. Safe when several processes open at once.
void prepare(Database& database, const std::string& name);

} // namespace manager::store
