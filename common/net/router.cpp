#include "common/net/router.hpp"

namespace common::net {

bool Router::Route::covers(std::string_view asked) const
{
    return kind == Kind::call ? asked == path : asked.starts_with(path);
}

bool Router::Route::takes(std::string_view method) const
{
    switch (kind) {
    case Kind::call:
        return method == "POST";
    case Kind::get:
        return method == "GET" || method == "HEAD";
    case Kind::put:
        return method == "PUT" || method == "HEAD";
    }
    return false;
}

Router& Router::call(std::string path, std::size_t most, Call handler, Gate gate, Brief brief)
{
    auto route = std::make_shared<Route>();
    route->kind = Route::Kind::call;
    route->path = std::move(path);
    route->most = most;
    route->gate = std::move(gate);
    route->brief = std::move(brief);
    route->call = std::move(handler);
    routes_.push_back(std::move(route));
    return *this;
}

Router& Router::get(std::string prefix, Get handler)
{
    auto route = std::make_shared<Route>();
    route->kind = Route::Kind::get;
    route->path = std::move(prefix);
    route->get = std::move(handler);
    routes_.push_back(std::move(route));
    return *this;
}

Router& Router::put(std::string prefix, Put handler)
{
    auto route = std::make_shared<Route>();
    route->kind = Route::Kind::put;
    route->path = std::move(prefix);
    route->put = std::move(handler);
    routes_.push_back(std::move(route));
    return *this;
}

const Router::Route* Router::find(std::string_view method, std::string_view path) const
{
    const Route* best = nullptr;
    for (const auto& route : routes_) {
        if (!route->covers(path) || !route->takes(method))
            continue;
        const bool longer = best == nullptr || route->path.size() > best->path.size();
        const bool get_first =
            best != nullptr && route->path == best->path && route->kind == Route::Kind::get;
        if (longer || get_first)
            best = route.get();
    }
    return best;
}

std::string Router::methods_of(std::string_view path) const
{
    std::string methods;
    for (const char* method : {"GET", "HEAD", "POST", "PUT"})
        if (find(method, path) != nullptr)
            methods += (methods.empty() ? "" : ", ") + std::string(method);
    return methods;
}

} // namespace common::net
