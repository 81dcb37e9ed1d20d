#pragma once

#include "manager/baseline/firmware.hpp"

#include <string_view>

namespace manager::baseline {

/// True when a file of this name may be an image as devices take it: .bin, .signed.flash, .hpm and the like.
bool is_raw_firmware(std::string_view path);

/// What the name of an image tells: ilo5_214.bin is iLO 5 2.14, A43_1.20_02_28_2020.signed.flash is 1.20 of
/// the system ROM A43. Mostly nothing.
Firmware raw_firmware(std::string_view path);

} // namespace manager::baseline
