#pragma once

#include "manager/baseline/archive_file.hpp"
#include "manager/baseline/firmware.hpp"

#include <cstdint>
#include <string>

namespace manager::baseline {

constexpr std::uint64_t most_metadata = 4 << 20;             ///< bytes of a description inside a package
constexpr std::uint64_t most_image = std::uint64_t{1} << 30; ///< bytes of an image inside a package
constexpr std::size_t most_parts = 1000;                     ///< devices that a package may name
constexpr std::size_t most_ids = 200;                        ///< ids that a package may give to one of them

/// Adds `id` unless it is there, empty, or one more than there may be.
void add_id(FirmwarePart& part, DeviceId::Sort sort, const std::string& value);

/// Adds the part. Throws `invalid` when the package has too many.
void add_part(Firmware& firmware, FirmwarePart part);

/// Fills size and hash of all parts' images by reading them out of the archive. Throws `invalid` when one is
/// not there.
void measure_images(Firmware& firmware, int descriptor, ArchiveFormat format, std::uint64_t start = 0);

/// Sets the name and version of the package to what its parts have in common; the name is else `file_name`.
void sum_up(Firmware& firmware, const std::string& file_name);

} // namespace manager::baseline
