"""The listening socket, created here so that both servers use the same one."""

import errno
import socket

BACKLOG = 2048  # connections waiting to be accepted; after a restart all clients come back at once
# After this time the kernel drops a reader whose machine is gone or who never reads; neither server would.
UNACKNOWLEDGED_MILLISECONDS = 20_000


class ListenError(Exception):
    """Raised when the address can't be listened on. The message is one sentence."""


def prepare(listener: socket.socket) -> socket.socket:
    """Set the options of a listening TCP socket that its connections inherit."""
    if listener.family in (socket.AF_INET, socket.AF_INET6):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux only
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MILLISECONDS)
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` and `port`. Raises ListenError."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise ListenError(f"{host} is not an address of this machine.") from error
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6 and address[0] == "::":
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)  # "::" means all addresses, including IPv4
        listener.bind(address)
        return prepare(listener)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ListenError(f"Port {port} is already in use; choose another one.") from error
        if error.errno == errno.EACCES:
            raise ListenError(f"This user is not allowed to use port {port}; choose one above 1023.") from error
        raise ListenError(f"Can't listen on {host} port {port}: {error.strerror}.") from error


def inherited(descriptor: int) -> socket.socket:
    """Return the listening socket passed on by a service manager or a parent process. Raises ListenError."""
    try:
        return prepare(socket.socket(fileno=descriptor))
    except OSError as error:
        raise ListenError(f"File descriptor {descriptor} is not a listening socket.") from error
