"""The place where sides meet: one PostgreSQL, the product and its peers, all up, all holding the same data."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import BenchError
from bench.answers import Answer, fetch
from bench.peers import product
from bench.peers.corpus import Asked, Corpus, read_corpus
from bench.peers.directus import serving_directus
from bench.peers.drf import serving_drf
from bench.peers.postgresql import Base, serving_base
from bench.peers.scratch import AbsentError
from bench.peers.side import Side
from bench.pushes import Push, make_pushes
from bench.seed import FIRST_YEAR, LAST_YEAR, Seeded, Sheaf, seed
from gateway.cli import say

PRESENT = 1_000_000
Serving = Callable[[Base, Corpus, Asked, Path], AbstractContextManager[Side]]
PEERS: dict[str, Serving] = {"drf": serving_drf, "directus": serving_directus}
PLACE = ("territoire", "periode", "annee", "valeur")


@dataclass(frozen=True)
class Arena:
    """Everything that is up, and who could not come."""

    base: Base
    sides: tuple[Side, ...]
    """The product, then its peers."""
    uncached: Side
    absent: dict[str, str]
    pushes: Iterator[Push]
    present: int

    @property
    def peers(self) -> tuple[Side, ...]:
        """The sides that are not ours."""
        return self.sides[1:]


@contextmanager
def meeting(folder: Path, names: Sequence[str], present: int) -> Iterator[Arena]:
    """Bring everything up."""
    folder.mkdir(exist_ok=True)
    absent: dict[str, str] = {}
    with ExitStack() as stack:
        base = stack.enter_context(serving_base(folder / "base"))
        seeded = _seed(base, folder, present)
        asked = _asked(seeded)
        ours = stack.enter_context(product.serving_product(base, asked, folder))
        uncached = stack.enter_context(product.serving_product(base, asked, folder, product.WITHOUT_CACHE))
        sides = [ours]
        corpus = read_corpus(ours.server.port, base.database, folder)
        for name in names:
            say(f"pairs : {name}, installation s'il le faut, copie des données, démarrage")
            own = folder / name
            own.mkdir(exist_ok=True)
            try:
                sides.append(stack.enter_context(PEERS[name](base, corpus, asked, own)))
            except AbsentError as error:
                absent[name] = str(error)
                say(f"pairs : {name} est absent ({error})")
        _check_same([*sides, uncached])
        yield Arena(base, tuple(sides), uncached, absent, make_pushes(seeded.known, 10_000), seeded.size)


def _seed(base: Base, folder: Path, present: int) -> Seeded:
    """Let the product make its tables, then fill them."""
    with product.serving_product(base, Asked("", 0, 0), folder):
        pass
    return base.database.run(lambda connection: seed(connection, present, say, by_quantity=True))


def _asked(seeded: Seeded) -> Asked:
    """Choose a quantity that has breakdowns, and every year."""
    whole: dict[str, list[Sheaf]] = {}
    for sheaf in seeded.sheaves:
        whole.setdefault(sheaf.code, []).append(sheaf)
    years = LAST_YEAR - FIRST_YEAR + 1
    found = [own for own in whole.values() if len(own) == years and len(own[0].ventilations) > 1]
    if not found:
        raise BenchError("trop peu de mesures pour comparer")
    chosen = min(found, key=lambda own: len(own[0].ventilations))
    return Asked(chosen[0].code, FIRST_YEAR, LAST_YEAR)


def _check_same(sides: Sequence[Side]) -> None:
    """Refuse to compare sides that do not give the same rows."""
    for job in sides[0].paths:
        answers = {side.name: rows_in(ask(side, job)) for side in sides}
        expected = answers[sides[0].name]
        for name, rows in answers.items():
            if rows != expected or not rows:
                pairs = [pair for pair in zip(rows, expected, strict=False) if pair[0] != pair[1]][:2]
                raise BenchError(f"{job} : {name} diffère ({len(rows)} et {len(expected)} lignes) : {pairs}")


def ask(side: Side, job: str) -> Answer:
    """Ask once. Raises BenchError."""
    answer = fetch(side.server.port, side.paths[job], side.headers_of(job))
    if answer.status != 200:
        raise BenchError(f"{side.name}, {side.paths[job]} : {answer.status} {answer.body[:300]!r}")
    return answer


def rows_in(answer: Answer) -> list[Any]:
    """Return what an answer holds, in one form: the rows of a list, or one fiche as a list of one."""
    document = json.loads(answer.body)
    held = next((document[name] for name in ("elements", "results", "data") if name in document), document)
    return [_plain(row) for row in (held if isinstance(held, list) else [held])]


def _plain(row: Mapping[str, Any]) -> tuple[Any, ...]:
    if "titre" in row:
        children = [sorted(each["code"] for each in row.get(name, [])) for name in ("actions", "indicateurs")]
        return (row["numero"], row["titre"], row["debut"], row["fin"], row["en_retard"], row["avancement"], *children)
    ventilation = row.get("ventilation") or {}
    if isinstance(ventilation, dict):
        ventilation = "|".join(f"{name}:{value}" for name, value in sorted(ventilation.items()))
    valeur = row["sum"]["valeur"] if "sum" in row else row["valeur"]
    return (
        row.get("territoire") or row["commune"],
        str(row.get("periode") or row.get("annee")),
        ventilation,
        float(valeur),
    )
