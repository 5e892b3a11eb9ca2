"""The answer a job expects: taken from the product, given to the bare server to repeat."""

import json
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from bench import HOST, BenchError
from bench.jobs import Job

REPEATED_HEADERS = ("content-type", "content-length", "etag")
SECONDS = 30


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; ``headers`` holds only those that the bare server repeats."""

    status: int
    headers: dict[str, str]
    body: bytes


def fetch(port: int, path: str, headers: dict[str, str]) -> Answer:
    """Ask once."""
    connection = HTTPConnection(HOST, port, timeout=SECONDS)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        kept = {name: value for name, value in _lowered(response.getheaders()) if name in REPEATED_HEADERS}
        return Answer(response.status, kept, response.read())
    finally:
        connection.close()


def _lowered(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name.lower(), value) for name, value in headers]


def request_headers_of(job: Job, port: int) -> dict[str, str]:
    """Return the headers the job sends: the ETag in force when it is conditional."""
    if not job.conditional:
        return {}
    return {"if-none-match": fetch(port, job.path, {}).headers["etag"]}


def expected_answer(job: Job, port: int, headers: dict[str, str]) -> Answer:
    """Return the product's answer to the job. Raises BenchError when it is not the one the job is about."""
    answer = fetch(port, job.path, headers)
    wanted = 304 if job.conditional else 200
    if answer.status != wanted:
        raise BenchError(f"{job.path} répond {answer.status} au lieu de {wanted}")
    return answer


def save(answer: Answer, folder: Path) -> None:
    """Write the answer where the bare server reads it."""
    folder.mkdir(exist_ok=True)
    (folder / "body").write_bytes(answer.body)
    (folder / "head.json").write_text(json.dumps({"status": answer.status, "headers": answer.headers}))


def read(folder: Path) -> Answer:
    """Return the saved answer."""
    head = json.loads((folder / "head.json").read_text())
    return Answer(head["status"], head["headers"], (folder / "body").read_bytes())
