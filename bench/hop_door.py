"""The door alone, ``python -m bench.hop_door FOLDER``, before the one service that its settings name."""

import os
import socket
import sys

from bench import HOST
from bench.servers import READY
from gateway.cli.serve import Server, configuration_for

NOWHERE = "http://127.0.0.1:1"


def main() -> None:
    """Serve until stopped."""
    for service in ("INDICATORS", "ORIENTATION"):
        os.environ[f"GATEWAY_{service}"] = NOWHERE
    listener = socket.create_server((HOST, 0), backlog=2048)
    sys.stdout.write(f"{READY}http://{HOST}:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    Server(configuration_for("gateway.app:create_app")).run(sockets=[listener])


if __name__ == "__main__":
    main()
