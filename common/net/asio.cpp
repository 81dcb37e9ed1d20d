// The one place where the functions of Asio that are no templates are compiled.
#include <boost/asio/impl/src.hpp>

#include <utility> // Boost 1.74's Asio forgets it
