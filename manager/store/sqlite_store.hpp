#pragma once

#include "common/os/descriptor.hpp"
#include "manager/rollout/store.hpp"
#include "manager/store/database.hpp"

#include <filesystem>
#include <map>
#include <mutex>

namespace manager::store {

/// Runs in DIR/soapstone.db. Several processes may use it at once; a run belongs to the one that holds the
/// lock on DIR/runs/<run-id>/lock, which the kernel gives back when that process ends, however it ends.
class SqliteStore final : public rollout::Store {
public:
    /// `data_folder` is made when there is none, mode 0700.
    explicit SqliteStore(const std::filesystem::path& data_folder);

    void add(const rollout::Run& run) override;
    rollout::Run take_over(const std::string& id) override;
    void save(const rollout::Run& run, const std::vector<std::size_t>& changed,
              const std::vector<rollout::RunEvent>& events) override;
    void finish(const rollout::Run& run) override;
    std::optional<rollout::Run> find(const std::string& id) const override;
    std::vector<rollout::Run> list(std::size_t most) const override;
    rollout::Run resolve(const std::string& prefix) const override;
    std::vector<rollout::RunEvent> events(const std::string& id, std::uint64_t since,
                                          std::size_t most) const override;

    /// DIR/runs/<id>
    std::filesystem::path folder_of(const std::string& id) const { return folder_ / "runs" / id; }

    /// True when a living process works on the run.
    bool is_owned(const std::string& id) const;

private:
    void own(const std::string& id);
    std::optional<rollout::Run> load(const std::string& id) const;
    void put_target(const rollout::Run& run, std::size_t number);
    void put_event(const std::string& id, std::int64_t seq, const rollout::RunEvent& event);

    std::filesystem::path folder_;
    mutable std::mutex mutex_;
    mutable Database database_;
    std::map<std::string, common::os::Descriptor> locks_; ///< of the runs that are ours
};

} // namespace manager::store
