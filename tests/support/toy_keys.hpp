#pragma once

#include <string_view>

namespace tests {

/// A throw-away key as ssh-keygen makes them.
inline constexpr std::string_view plain = R"(-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACATgCHxa1ZseQo5XPWXiCcYLR8gV3MLxNkVgKdD3xzl5wAAAIibA000mwNN
NAAAAAtzc2gtZWQyNTUxOQAAACATgCHxa1ZseQo5XPWXiCcYLR8gV3MLxNkVgKdD3xzl5w
AAAEA++IQ8aBJ7Q9mrH72q9EhCOjFaKNeZr+57Kvw4mAVa9hOAIfFrVmx5Cjlc9ZeIJxgt
HyBXcwvE2RWAp0PfHOXnAAAAAAECAwQF
-----END OPENSSH PRIVATE KEY-----
)";

/// Another one, with the passphrase "sesame".
inline constexpr std::string_view locked = R"(-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABAocuGhrd
LxpNg9PpL7cKxGAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIFhlAj0MEgzKr06s
swjoBermf9OEsXmf74cK3dvbtLEEAAAAkMJJ4VuYrwN41+4fIqUeMXEUyJl/KyzZbGca4q
MAl0Tsos06OIFsqe6YIApNgk7KoSOiTU5DWAJAYn6hcpnjDE3TISfCCad2wk9a/lLLAayc
DKemhNJDCm6nYmiE7Kujtz52gla8SeiFw8HY8o3AEZ79PLVmqI6CUlmXHK3ehtPLxzdrDO
ago21Gx5pZS/LS2w==
-----END OPENSSH PRIVATE KEY-----
)";

} // namespace tests
