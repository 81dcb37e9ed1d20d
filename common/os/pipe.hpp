#pragma once

#include "common/os/descriptor.hpp"

namespace common::os {

struct Pipe {
    Descriptor read;
    Descriptor write;
};

/// A fresh pipe, both ends closed by exec. Throws Error.
Pipe make_pipe();

} // namespace common::os
