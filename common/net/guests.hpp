#pragma once

#include "common/net/stream.hpp"

#include <condition_variable>
#include <unordered_map>

namespace common::net {

class Guests;

/// One connection's place among the guests, from accept() until its socket is closed.
class Place {
public:
    Place(Guests& guests, std::string address) : guests_(guests), address_(std::move(address)) {}
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    const std::string& address() const { return address_; } ///< the client's, numeric

private:
    Guests& guests_;
    const std::string address_;
};

/// The connections of one server: how many there may be, and the way to end them all. Any thread may call.
class Guests {
public:
    /// `most` in all and `most_per_address` from one address (0: no such limit).
    Guests(std::size_t most, std::size_t most_per_address) : most_(most), most_per_address_(most_per_address)
    {
    }

    /// Counts a new connection, which stays counted as long as its place lives; null when there are too many
    /// or the house is closing.
    std::unique_ptr<Place> admit(const std::string& address);
    void dismiss(const std::string& address);

    void enter(Stream& stream);
    void leave(Stream& stream);
    /// Marks `stream` as being between two requests. False when the house is closing and it should go
    /// instead.
    bool rest(Stream& stream);
    void wake(Stream& stream);
    bool closing() const;

    /// Counts an accepting coroutine; false when the house is closing.
    bool open_door();
    void close_door();

    /// Takes nobody in any more and sends the resting ones home.
    void close();
    /// Waits until everybody has gone; after `grace` the rest is cut off.
    void wait_until_empty(std::chrono::milliseconds grace);

private:
    const std::size_t most_;
    const std::size_t most_per_address_;

    mutable std::mutex mutex_;
    std::condition_variable gone_;
    bool closing_ = false;
    std::size_t count_ = 0;
    std::size_t doors_ = 0;
    std::unordered_map<std::string, std::size_t> per_address_;
    std::unordered_map<Stream*, bool> streams_; ///< true: resting
};

/// One stream's presence: as long as this lives the stream can be cut.
class Presence {
public:
    Presence(Guests& guests, Stream& stream) : guests_(guests), stream_(stream) { guests_.enter(stream_); }
    ~Presence() { guests_.leave(stream_); }
    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;

    bool rest() { return guests_.rest(stream_); }
    void wake() { guests_.wake(stream_); }

private:
    Guests& guests_;
    Stream& stream_;
};

} // namespace common::net
