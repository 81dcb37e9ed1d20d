#pragma once

#include "manager/drivers/bmc_setting.hpp"
#include "manager/rollout/driver.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace manager::drivers {

/// Drives a BMC: nothing is put there but images.
class BmcDriver final : public rollout::Driver {
public:
    BmcDriver(const BmcSetting& setting, target::Target target, std::size_t index);
    ~BmcDriver() override;

    void scout(const rollout::Tell& tell) override;
    void copy(const rollout::Tell& tell) override;
    void start(const rollout::Tell& tell) override;
    rollout::Facts inventory(const std::vector<std::string>& packages) override;
    rollout::JobReport submit(const std::string& job, const baseline::Component& component,
                              std::chrono::seconds limit, bool allow_downgrade) override;
    std::vector<rollout::AgentEvent> poll(std::uint64_t since) override;
    bool is_silent() const override { return true; }
    rollout::JobReport cancel(const std::string& job, bool kill) override;
    rollout::RebootReport reboot(const rollout::RebootWish& wish) override;
    rollout::RebootReport cancel_reboot() override;
    std::string reconnect(const rollout::Tell& tell) override;
    std::optional<rollout::LogProof> collect(const std::filesystem::path& folder) override;
    rollout::Removal remove() override;

private:
    void reach();
    bmc::UpdateNote kept_note(const std::string& job) const;
    bool left_in_the_middle() const;
    bmc::UpdateWish wish_for(const baseline::Component& component, std::chrono::seconds limit,
                             const bmc::UpdateNote& note, const std::vector<bmc::Installed>& all);
    bmc::Image image_for(const baseline::Component& component, const baseline::FirmwarePart* part);
    rollout::JobReport report() const;
    void add_event(rollout::AgentEvent event);
    void tell_news();
    std::filesystem::path own_folder() const { return setting_.folder / setting_.folders.at(index_); }
    std::filesystem::path note_file() const { return own_folder() / "update.json"; }

    const BmcSetting& setting_;
    target::Target target_;
    std::size_t index_;
    std::unique_ptr<bmc::Bmc> bmc_;
    std::shared_ptr<void> lock_;
    std::filesystem::path extracted_;     ///< file of ours; empty: none
    std::unique_ptr<bmc::Update> update_; ///< uses bmc_
    std::string told_progress_;
    std::optional<rollout::JobState> told_state_;
    std::deque<rollout::AgentEvent> events_; ///< not acknowledged; those with a seq were told
};

} // namespace manager::drivers
