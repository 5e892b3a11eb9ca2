"""nginx and HAProxy before the same service, as the door is: one worker, one way, keep-alive on both sides."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import HOST, BenchError
from bench.jobs import Candidate
from bench.servers import Server, wait_listening

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 512; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  upstream service {{ server {host}:{service}; keepalive 64; }}
  server {{
    listen {host}:{port};
    location / {{ proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""
HAPROXY = """
global
  nbthread 1
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
frontend porte
  bind {host}:{port}
  default_backend service
backend service
  http-reuse always
  server un {host}:{service}
"""
COMMANDS = {"nginx": (NGINX, ("-c", "{conf}")), "haproxy": (HAPROXY, ("-db", "-f", "{conf}"))}
PLACES = "/usr/sbin:/usr/local/sbin:/usr/bin"


@contextmanager
def proxying(name: str, service_port: int, folder: Path) -> Iterator[Server | None]:
    """Run a proxy before the service; ``None`` where it is not installed."""
    program = shutil.which(name, path=PLACES)
    if program is None:
        yield None
        return
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)
    text, arguments = COMMANDS[name]
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    conf = folder / f"{name}.conf"
    conf.write_text(text.format(folder=folder, host=HOST, port=port, service=service_port))
    command = [program, *(each.format(conf=conf) for each in arguments)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        if not wait_listening(port):
            raise BenchError(f"{name} n'a pas démarré")
        yield Server(Candidate(name, ()), process.pid, port)
    finally:
        process.terminate()
        process.wait(10)
