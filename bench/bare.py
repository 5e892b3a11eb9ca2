"""The yardstick, ``python -m bench.bare FOLDER``: uvicorn and one ready answer, nothing else."""

import socket
import sys
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from bench import HOST
from bench.answers import Answer, read
from bench.servers import READY


def make_app(answer: Answer) -> ASGIApp:
    """Return the application that always gives ``answer``."""
    headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
    status, body = answer.status, answer.body

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def serve(app: ASGIApp) -> None:
    """Serve until a signal."""
    listener = socket.create_server((HOST, 0), backlog=2048)
    sys.stdout.write(f"{READY}http://{HOST}:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    serve(make_app(read(Path(sys.argv[1]))))
