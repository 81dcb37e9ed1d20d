#include "manager/bmc/delivery.hpp"

#include "common/error.hpp"

namespace manager::bmc {

Delivery::Delivery(Bmc& bmc, Method method, const Image& image, std::function<void()> out_of_hand)
    : thread_([this, &bmc, method, image, told = std::move(out_of_hand)] { carry(bmc, method, image, told); })
{
}

Delivery::~Delivery()
{
    stop();
    thread_.join();
}

void Delivery::carry(Bmc& bmc, Method method, const Image& image, const std::function<void()>& out_of_hand)
{
    Hand hand;
    hand.progress = [&](std::uint64_t bytes) {
        if (stop_ && !out_of_hand_)
            throw common::Error(common::Trouble::rejected, "the delivery was broken off");
        if (bytes > sent_)
            sent_ = bytes;
    };
    hand.out_of_hand = [&] {
        hand.progress(0);
        out_of_hand();
        out_of_hand_ = true;
    };
    hand.said = [&](const std::string& text) {
        const std::lock_guard lock(mutex_);
        said_ = text;
    };
    try {
        accepted_ = bmc.push(method, image, hand);
    } catch (...) {
        trouble_ = std::current_exception();
    }
    over_ = true;
}

std::string Delivery::said() const
{
    const std::lock_guard lock(mutex_);
    return said_;
}

Accepted Delivery::result()
{
    if (trouble_)
        std::rethrow_exception(trouble_);
    return accepted_.value();
}

} // namespace manager::bmc
