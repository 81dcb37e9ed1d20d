"""Carries frames between two interfaces, and does to them what bad lines do. Runs in the workstation's network.

usage: weather_carrier.py HOST_END BRIDGE_END HOST_NETNS LOSS DELAY_MS DUP REORDER SEED
"""

import array
import ctypes
import fcntl
import heapq
import os
import random
import select
import socket
import struct
import sys
import time

SIOCETHTOOL, NO_TX_CHECKSUM, NO_TSO, NO_GSO = 0x8946, 0x17, 0x1F, 0x24
ETH_P_ALL, PACKET_OUTGOING, CLONE_NEWNET = 3, 4, 0x40000000
LATE = 3  # a reordered frame takes so many times the delay


def plain_frames(name):
    """Makes the kernel send whole checksums and no giant frames over this interface."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        for command in (NO_TX_CHECKSUM, NO_TSO, NO_GSO):
            value = array.array("B", struct.pack("II", command, 0))
            try:
                fcntl.ioctl(one, SIOCETHTOOL, struct.pack("16sP", name.encode(), value.buffer_info()[0]))
            except OSError:
                pass  # switched off along with the one before


def plain_frames_in(netns, name):
    """The same in another network namespace, by a child, so that this process stays where it is."""
    child = os.fork()
    if child == 0:
        if ctypes.CDLL(None, use_errno=True).setns(os.open(netns, os.O_RDONLY), CLONE_NEWNET) != 0:
            os._exit(1)
        plain_frames(name)
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        raise OSError(f"cannot enter {netns}")


def opened(name):
    line = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    line.bind((name, ETH_P_ALL))
    line.setblocking(False)
    return line


class Sky:
    """What happens to each frame: when it is to be handed on, once, twice or never."""

    def __init__(self, loss, delay, dup, reorder, seed):
        self.loss, self.delay, self.dup, self.reorder = loss, delay / 1000, dup, reorder
        self.chance = random.Random(seed)
        self.queue, self.number = [], 0

    def take(self, now, to, frame):
        if self.happens(self.loss):
            return
        for _ in range(2 if self.happens(self.dup) else 1):
            late = LATE * (self.delay or 0.005) if self.happens(self.reorder) else self.delay
            self.number += 1
            heapq.heappush(self.queue, (now + late, self.number, to, frame))

    def happens(self, per_cent):
        return self.chance.random() * 100 < per_cent

    def due(self, now):
        while self.queue and self.queue[0][0] <= now:
            _, _, to, frame = heapq.heappop(self.queue)
            yield to, frame

    def wait(self, now):
        """Seconds until the next frame is due; None when there is none."""
        return max(0, self.queue[0][0] - now) if self.queue else None


def carry(ends, sky):
    """For ever: what comes in at one end goes out at the other."""
    poll = {ends[0]: 1, ends[1]: 0}
    while True:
        for line in select.select(ends, [], [], sky.wait(time.monotonic()))[0]:
            frame, address = line.recvfrom(65536)
            if address[2] != PACKET_OUTGOING:  # what we sent ourselves comes by again
                sky.take(time.monotonic(), poll[line], frame)
        for to, frame in sky.due(time.monotonic()):
            try:
                ends[to].send(frame)
            except OSError:
                pass  # the cable is out, or a queue is full: one more that is lost


def main(host_end, bridge_end, netns, *figures):
    plain_frames_in(netns, "eth0")
    for name in (host_end, bridge_end, f"{bridge_end[:-1]}a"):
        plain_frames(name)
    ends = [opened(host_end), opened(bridge_end)]
    print("carrying", flush=True)
    os.dup2(os.open("/dev/null", os.O_WRONLY), 1)
    os.dup2(1, 2)
    carry(ends, Sky(*map(int, figures)))


if __name__ == "__main__":
    main(*sys.argv[1:])
