#include <chrono>
extern typedef class std::chrono::system_clock::time_point xsd__dateTime;
