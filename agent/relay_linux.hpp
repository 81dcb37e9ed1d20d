#pragma once

namespace agent::relay {

/// `soapstone-agent relay MARKER ADDRESS PORT`: carries bytes between standard input and output and the agent
/// that listens there, so that a manager reaches it through its SSH session when it reaches no other port.
/// First says "MARKER UP" on a line, or "MARKER GONE" when nobody listens. Ends with either side. Returns the
/// exit status.
int main(const char* marker, const char* address, const char* port);

} // namespace agent::relay
