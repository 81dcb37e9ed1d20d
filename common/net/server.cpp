#include "common/net/connection.hpp"
#include "common/net/listener.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

namespace common::net {

namespace {

/// Pause after a failed accept(). Out of descriptors, it would fail again at once, for ever.
constexpr std::chrono::milliseconds back_off{100};

/// One listening socket. All that touches the acceptor runs on its strand.
class Door {
public:
    Door(std::shared_ptr<Service> service, asio::any_io_executor strand, Tcp::acceptor acceptor)
        : service_(std::move(service)), strand_(std::move(strand)), acceptor_(std::move(acceptor))
    {
    }
    ~Door() { service_->guests.close_door(); }
    Door(const Door&) = delete;
    Door& operator=(const Door&) = delete;

    asio::awaitable<void> accept_all();

    static void open(const std::shared_ptr<Door>& door)
    {
        asio::co_spawn(door->strand_, door->accept_all(), [door](const std::exception_ptr&) {});
    }

    static void close(const std::shared_ptr<Door>& door)
    {
        asio::post(door->strand_, [door] {
            boost::system::error_code
                ignored; // closing a socket that listens cannot fail in a way that matters
            door->acceptor_.close(ignored);
        });
    }

private:
    void welcome(Tcp::socket socket) const;

    const std::shared_ptr<Service> service_;
    const asio::any_io_executor strand_;
    Tcp::acceptor acceptor_;
};

asio::awaitable<void> Door::accept_all()
{
    asio::steady_timer pause(strand_);
    const asio::any_io_executor home = service_->loop.io.get_executor();
    while (acceptor_.is_open()) {
        boost::system::error_code error;
        Tcp::socket socket =
            co_await acceptor_.async_accept(home, asio::redirect_error(asio::use_awaitable, error));
        if (!error) {
            welcome(std::move(socket));
            continue;
        }
        if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor)
            break;
        pause.expires_after(back_off);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

void Door::welcome(Tcp::socket socket) const
{
    boost::system::error_code error;
    const Tcp::endpoint peer = socket.remote_endpoint(error);
    if (error)
        return; // gone already
    try {
        std::unique_ptr<Place> place = service_->guests.admit(address_text(peer.address()));
        if (!place)
            return;
        set_options(socket);
        const auto connection = std::make_shared<Connection>(service_, std::move(socket), std::move(place));
        asio::co_spawn(service_->loop.io, connection->run(), [connection](const std::exception_ptr&) {});
    } catch (const std::exception&) { // no memory for one more: this one goes, the listener stays
    }
}

} // namespace

class Server::Inside {
public:
    explicit Inside(std::shared_ptr<Service> shared) : service_(std::move(shared)) {}

    Bound listen(const std::string& address, std::uint16_t first, std::uint16_t last)
    {
        const asio::any_io_executor strand = asio::make_strand(service_->loop.io);
        Listening listening = start_listening(strand, address, first, last);
        if (!service_->guests.open_door())
            throw Error(Trouble::defect, "a stopped server was asked to listen");
        doors_.push_back(std::make_shared<Door>(service_, strand, std::move(listening.acceptor)));
        Door::open(doors_.back());
        return listening.bound;
    }

    void stop(std::chrono::milliseconds grace)
    {
        Loop::Inside::refuse_on_io_thread();
        service_->guests.close();
        for (const std::shared_ptr<Door>& door : doors_)
            Door::close(door);
        doors_.clear();
        service_->guests.wait_until_empty(grace);
    }

private:
    const std::shared_ptr<Service> service_;
    std::vector<std::shared_ptr<Door>> doors_;
};

Server::Server(Loop& loop, std::shared_ptr<const tls::Context> context, Router router, Limits limits,
               Refused refused, Manners manners)
    : inside_(std::make_unique<Inside>(std::make_shared<Service>(loop.inside(), std::move(context),
                                                                 std::move(router), limits,
                                                                 std::move(refused), std::move(manners))))
{
}

Server::~Server()
{
    inside_->stop(std::chrono::milliseconds(0));
}

Bound Server::listen(const std::string& address, std::uint16_t first, std::uint16_t last)
{
    return inside_->listen(address, first, last);
}

void Server::stop(std::chrono::milliseconds grace)
{
    inside_->stop(grace);
}

} // namespace common::net
