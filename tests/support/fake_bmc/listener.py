"""The port of one BMC: it can stop listening, as in a restart, and keeps its number."""

import socket
import ssl
import threading

from . import web


class Listener:
    def __init__(self, address, port, serve):
        """`serve(connection, peer)` is called in a thread of its own for each connection, after the TLS handshake."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = bound(family, address, port)
        self.address, self.port = address, self.socket.getsockname()[1]
        self.serve = serve
        self.context = None
        self.failed = lambda peer, error: None  # told of handshakes that failed
        self.open = set()
        self.lock = threading.Lock()

    def up(self):
        self.socket.listen(128)
        threading.Thread(target=self.accept, daemon=True).start()

    def down(self):
        """Takes no more connections and ends those that are open."""
        try:
            self.socket.shutdown(socket.SHUT_RDWR)  # stays bound: connections are refused
        except OSError:
            pass
        with self.lock:
            open_ones = list(self.open)
        for connection in open_ones:
            try:
                socket.socket.shutdown(connection, socket.SHUT_RDWR)  # ssl's own would go on without TLS
            except OSError:
                pass

    def accept(self):
        while True:
            try:
                connection, peer = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.run, args=(connection, peer), daemon=True).start()

    def run(self, plain, peer):
        with self.lock:
            self.open.add(plain)
        plain.settimeout(web.IDLE)
        connection = plain
        try:
            connection = self.context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
            with self.lock:
                self.open.discard(plain)
                self.open.add(connection)
            try:
                connection.do_handshake()
            except (OSError, ValueError) as error:
                self.failed(peer, str(error))
                return
            self.serve(connection, peer)
            goodbye(connection)
        except OSError:
            pass  # the other side left, or a restart ended it
        finally:
            with self.lock:
                self.open.difference_update((plain, connection))
            connection.close()


def goodbye(connection):
    """Ends TLS as one should; whoever does not answer is not waited for."""
    connection.settimeout(0.5)
    try:
        connection.unwrap().close()
    except (OSError, ssl.SSLError, ValueError):
        pass


def bound(family, address, port):
    """A socket whose port stays its own also while it does not listen: so it had to be bound by number."""
    first = socket.socket(family)
    first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    first.bind((address, port))
    if port:
        return first
    second = socket.socket(family)
    second.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    second.bind(first.getsockname()[:2])
    first.close()
    return second
