#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace fuzz {

/// Damages inputs at random; the same seed damages them the same way.
class Mutator {
public:
    explicit Mutator(std::uint64_t seed) : random_(seed) {}

    /// One of `corpus`, damaged in one to eight places, mostly in few; now and then with parts of another
    /// one. Not larger than 64 KiB.
    std::string mutated(const std::vector<std::string>& corpus);

    /// A number below `end`, which is not 0.
    std::size_t below(std::size_t end) { return static_cast<std::size_t>(random_() % end); }

private:
    void damage(std::string& bytes, const std::vector<std::string>& corpus);

    std::mt19937_64 random_;
};

} // namespace fuzz
