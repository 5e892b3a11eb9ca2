"""What ``up`` needs of this machine: its loopback address, a port taken at once, requests that no proxy sees."""

import socket
from urllib.request import ProxyHandler, build_opener

HOST = "127.0.0.1"
LOCAL = build_opener(ProxyHandler({}))  # what runs on this machine is asked without any proxy


class StartError(Exception):
    """The instance cannot start; the message says what to do."""


def listen_on(port: int) -> socket.socket:
    """Take the port now, so that a busy one is said before anything starts."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(2048)
    except OSError as error:
        raise StartError(f"le port {port} est déjà pris : donnez-en un autre avec --port ({error.strerror})") from error
    return listener
