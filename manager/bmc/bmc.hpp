#pragma once

#include "manager/baseline/firmware_match.hpp"
#include "manager/bmc/task_words.hpp"
#include "manager/target/bmc_ways.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace manager::bmc {

using Method = target::BmcMethod;
using target::BmcPull;

/// Who a BMC says it is. Empty where it does not.
struct Identity {
    std::string vendor;
    std::string product; ///< "iLO 5", "ProLiant DL325"
    std::string id;      ///< UUID, or a serial number: of this BMC alone
};

/// An entry of the inventory, and where it stands.
struct Installed {
    std::string path;
    baseline::FirmwareEntry entry;
};

/// An image that is to go to a BMC.
struct Image {
    std::filesystem::path file;
    std::string name; ///< that the BMC is told, "ilo5_300.bin"
    std::string sha256;
    std::uint64_t size = 0; ///< bytes
    std::string entry;      ///< path of the inventory's entry that it is for
    std::string related; ///< path of what that entry belongs to, by its RelatedItem; empty: it does not say
    bool fwpkg = false;  ///< the whole package, not what is in it
};

/// What goes on while an image is brought to a BMC, told on the thread that does it.
struct Hand {
    std::function<void(std::uint64_t bytes)> progress; ///< sent so far; throwing ends it
    /// Called once, before the BMC can have all it needs to begin: when it throws, it has not. From here on
    /// the image must never be sent again.
    std::function<void()> out_of_hand;
    std::function<void(const std::string& text)> said; ///< by the BMC, of how far it is; one harmless line
};

/// What a BMC said when it took an update upon itself.
struct Accepted {
    TaskPlace place;
    std::optional<std::chrono::seconds> retry_after;
};

/// One of a BMC's logs.
struct BmcLog {
    std::string name;               ///< fit for a file: "IML", "IEL", "SEL"
    std::vector<std::string> lines; ///< oldest first, each harmless
};

/// One BMC, by whatever it speaks. Used by one thread at a time. Calls block, and throw `unreachable` without
/// an answer in time, `busy` when it wants to be asked later, KeyChanged, `denied` for its login, `rejected`
/// for what it does not want.
class Bmc {
public:
    virtual ~Bmc() = default;

    virtual const Identity& identity() const = 0;
    virtual void log_in() = 0;
    /// True when no session of ours is left there.
    virtual bool log_out() = 0;

    /// What runs; images that only lie there in reserve are left out.
    virtual std::vector<Installed> inventory() = 0;
    /// By which ways it takes `image`, best first; it may fetch as `pull` says.
    virtual std::vector<Method> methods(const Image& image, BmcPull pull) = 0;

    /// True where HPE's packages go as they are; else what is in them.
    virtual bool takes_fwpkg() const = 0;

    /// Brings the image. When this throws `unreachable` after `out_of_hand`, nobody knows what became of it.
    virtual Accepted push(Method method, const Image& image, const Hand& hand) = 0;
    /// Lets the BMC fetch the image at `url`.
    virtual Accepted pull(const Image& image, const std::string& url, const Hand& hand) = 0;
    /// How an update stands; with an unknown place: whatever the BMC tells of itself.
    virtual Look look(const TaskPlace& place) = 0;
    /// The place of an update that is going on, whoever began it; unknown when there is none.
    virtual TaskPlace running_update() = 0;
    /// Resets the BMC itself; its host runs on.
    virtual void reset() = 0;
    virtual std::vector<BmcLog> logs() = 0;

    /// Our own numeric address, as this BMC sees us, and its own.
    virtual std::string own_address() const = 0;
    virtual std::string peer_address() const = 0;
};

} // namespace manager::bmc
