"""The comparisons: each asks every side the same thing, in turn, A B C A B C, and says by how much they differ."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import BenchError
from bench.answers import fetch
from bench.findings import Demand, Finding, Series, ratio_of, ratios
from bench.load import Load
from bench.measure import WARM_UP_SECONDS, Effort, Pass, measure_pass
from bench.peers.arena import PEERS, Arena, ask
from bench.peers.side import Side
from bench.servers import cpu_seconds
from gateway.cli import say

MANY_CONNECTIONS = 64
Limits = Mapping[str, float]
Comparing = Callable[[Arena, Effort, Path], Finding]


@dataclass(frozen=True)
class Read:
    """One request: whose path it takes, and what the product must reach against each peer."""

    about: str
    job: str
    limits: Limits
    beside: bool = False
    """Whether the product without its cache is measured too."""
    conditional: bool = False
    crowd: bool = False
    """Many connections, and what matters is the slowest answers."""


READS = {
    "pairs-liste": Read("la liste des 38 fiches", "liste", {"drf": 4, "directus": 5}, beside=True),
    "pairs-fiche": Read("une fiche, ses actions et ses indicateurs", "fiche", {"drf": 4, "directus": 5}, beside=True),
    "pairs-304": Read("une fiche que l'appelant a déjà (If-None-Match)", "fiche", {}, beside=True, conditional=True),
    "pairs-page": Read("une page de 100 lignes brutes", "page", {"drf": 4, "directus": 4}),
    "pairs-page-64": Read("la même page, 64 connexions, p99", "page", {"drf": 0.8, "directus": 0.25}, crowd=True),
    "pairs-agregat": Read("la somme par commune et par année, mêmes cellules", "agregat", {"directus": 5}),
}


@dataclass(frozen=True)
class Taken:
    """One pass of one side, and the time that PostgreSQL spent for it."""

    done: Pass
    base_microseconds: float


def comparing(name: str) -> Comparing:
    """Return the job that makes a read."""
    return lambda arena, effort, folder: compare_read(name, READS[name], arena, effort)


def compare_read(name: str, read: Read, arena: Arena, effort: Effort) -> Finding:
    """Put the same load on every side in turn."""
    sides = [*arena.sides, *([arena.uncached] if read.beside else [])]
    connections = MANY_CONNECTIONS if read.crowd else effort.connections
    loads = [_load_on(side, read, effort, connections) for side in sides]
    taken: dict[str, list[Taken]] = {side.name: [] for side in sides}
    for number in range(1, effort.passes + 1):
        for side, load in zip(sides, loads, strict=True):
            each = _take(arena, side, load)
            taken[side.name].append(each)
            say(f"{name} : passe {number}/{effort.passes}, {_told(each.done)}")
    lengths = ", ".join(f"{side.name} {load.length} o" for side, load in zip(sides, loads, strict=True))
    about = f"{read.about} ; {connections} connexions ; {lengths}"
    return Finding(name, about, _series_of(taken), _demands(name, read, arena, taken), _notes(arena))


def _load_on(side: Side, read: Read, effort: Effort, connections: int) -> Load:
    answer = ask(side, read.job)
    headers = side.headers_of(read.job)
    if read.conditional:
        headers = headers | {"if-none-match": answer.headers["etag"]}
        answer = fetch(side.server.port, side.paths[read.job], headers)
        if answer.status != 304:
            raise BenchError(f"{side.name} répond {answer.status} à qui a déjà la réponse")
    length = len(answer.body)
    place = (side.server.port, side.paths[read.job], headers, answer.status, length)
    return Load(*place, connections, effort.seconds, WARM_UP_SECONDS)


def _take(arena: Arena, side: Side, load: Load) -> Taken:
    before = cpu_seconds(arena.base.pid)
    done = measure_pass(side.server, load)
    if done.faults:
        raise BenchError(f"{done.candidate} : {done.faults} réponses fausses ({done.first_fault})")
    return Taken(done, (cpu_seconds(arena.base.pid) - before) / done.requests * 1e6)


def _told(done: Pass) -> str:
    return (
        f"{done.candidate} : {done.requests_per_second:.0f} req/s, p50 {done.p50_ms:.1f} ms, p99 {done.p99_ms:.1f} ms"
    )


def _series_of(taken: Mapping[str, Sequence[Taken]]) -> tuple[Series, ...]:
    measures: dict[tuple[str, str], Callable[[Taken], float]] = {
        ("", "req/s"): lambda each: each.done.requests_per_second,
        (", p50", "ms"): lambda each: each.done.p50_ms,
        (", p99", "ms"): lambda each: each.done.p99_ms,
        (", CPU", "µs/req"): lambda each: each.done.cpu_seconds_per_request * 1e6,
        (", CPU de PostgreSQL", "µs/req"): lambda each: each.base_microseconds,
    }
    return tuple(
        Series(f"{name}{suffix}", unit, tuple(map(value, own)))
        for (suffix, unit), value in measures.items()
        for name, own in taken.items()
    )


def _demands(name: str, read: Read, arena: Arena, taken: Mapping[str, Sequence[Taken]]) -> tuple[Demand, ...]:
    def series(side: str) -> Series:
        chosen = [each.done.p99_ms if read.crowd else each.done.requests_per_second for each in taken[side]]
        return Series(side, "ms" if read.crowd else "req/s", tuple(chosen))

    unit = ", p99" if read.crowd else ""
    return compare(f"{name}{unit}", arena, series, read.limits, at_least=not read.crowd)


def compare(
    about: str, arena: Arena, series: Callable[[str], Series], limits: Limits, *, at_least: bool = True
) -> tuple[Demand, ...]:
    """Return what is asked of the product against each peer, absent ones too."""
    ours = arena.sides[0].name
    there = {side.name for side in arena.peers}
    return tuple(
        ratio_of(f"{about} : {ours} / {peer}", series(ours), series(peer), limit, at_least=at_least)
        if peer in there
        else Demand(f"{about} : {ours} / {peer}", None, limit, at_least)
        for peer, limit in limits.items()
        if peer in there or peer in arena.absent
    )


def against(arena: Arena, series: Mapping[str, Series]) -> tuple[Series, ...]:
    """Return the ratios that nobody asks anything of."""
    ours = series[arena.sides[0].name]
    return tuple(
        Series(f"{ours.name} / {side.name}", "fois", ratios(ours.values, series[side.name].values))
        for side in arena.peers
    )


def _notes(arena: Arena) -> tuple[str, ...]:
    return (
        "CPU : de l'arbre de processus de chaque côté, PostgreSQL à part ; chacun envoie un jeton",
        *absences(arena),
    )


def absences(arena: Arena) -> tuple[str, ...]:
    """Say who is not there, and why."""
    return tuple(f"absent : {name} ({arena.absent[name]})" for name in PEERS if name in arena.absent)
