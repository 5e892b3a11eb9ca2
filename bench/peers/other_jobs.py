"""The comparisons that are not reads under load: ten thousand rows pushed, start-up, memory."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import BenchError
from bench.client import calling
from bench.findings import Finding, Series
from bench.measure import Effort
from bench.peers.arena import Arena, ask
from bench.peers.jobs import absences, compare
from bench.peers.side import Side
from bench.pushes import Push
from bench.servers import cpu_seconds, megabytes
from gateway.cli import say

JSON = "application/json"
ROWS = 10_000
LOT_LIMITS = {"drf": 2, "directus": 30}
WARM_READS = 20


def compare_push(arena: Arena, effort: Effort, folder: Path) -> Finding:
    """Push as many new rows to every side in turn; the first pass is not counted, but for the slow."""
    rates: dict[str, list[float]] = {side.name: [] for side in arena.sides}
    costs: dict[str, list[float]] = {side.name: [] for side in arena.sides}
    for number in range(effort.passes + 1):
        push = next(arena.pushes)
        for side in arena.sides:
            if number == 0 and side.name == "directus":
                continue  # a minute that warms nothing
            before = cpu_seconds(side.server.pid)
            seconds = _push(side, push)
            if number:
                rates[side.name].append(ROWS / seconds)
                costs[side.name].append((cpu_seconds(side.server.pid) - before) * 1000)
            say(f"pairs-lot : passe {number}/{effort.passes}, {side.name} : {ROWS / seconds:.0f} lignes/s")
    series = {name: Series(name, "lignes/s", tuple(values)) for name, values in rates.items()}
    processor = [Series(f"{name}, CPU", "ms/lot", tuple(values)) for name, values in costs.items()]
    about = f"{ROWS} lignes neuves en JSON, une connexion, {arena.present} mesures présentes chez chacun"
    notes = (
        "porte et drf : chaque ligne vérifiée et jugée (créée, modifiée, inchangée, rejetée), état et révision écrits,",
        "une transaction ; directus : éléments créés un à un, une transaction, son activité et ses révisions ;",
        "il ne connaît pas de clé naturelle : un renvoi y serait une erreur ; CPU : PostgreSQL à part",
        *absences(arena),
    )
    demands = compare("pairs-lot", arena, series.__getitem__, LOT_LIMITS)
    return Finding("pairs-lot", about, (*series.values(), *processor), demands, notes)


def _push(side: Side, push: Push) -> float:
    rows: list[dict[str, Any]] = list(push.documents())
    extrait_le = datetime.now(UTC).isoformat()
    body = side.push.body(rows, extrait_le)
    with calling(side.server.port, side.headers_of("lot")) as caller:
        reply = caller.post(side.push.path, body, JSON)
    created = side.push.created(reply.document(200))
    if created != ROWS:
        raise BenchError(f"{side.name} dit avoir créé {created} lignes sur {ROWS}")
    return reply.seconds


def compare_start(arena: Arena, effort: Effort, folder: Path) -> Finding:
    """Start every side once more beside itself, in turn."""
    times: dict[str, list[float]] = {side.name: [] for side in arena.sides}
    for number in range(1, effort.passes + 1):
        for side in arena.sides:
            times[side.name].append(side.start())
            say(f"pairs-demarrage : passe {number}/{effort.passes}, {side.name} : {times[side.name][-1]:.1f} s")
    series = tuple(Series(name, "s", tuple(values)) for name, values in times.items())
    notes = (
        "de la commande à la première réponse juste, PostgreSQL déjà là, base remplie ;",
        "porte : vérifie ses migrations et relit les fichiers du plan à chaque démarrage, les pairs non",
    )
    return Finding("pairs-demarrage", "démarrage", series, (), (*notes, *absences(arena)))


def compare_memory(arena: Arena, effort: Effort, folder: Path) -> Finding:
    """Say what every side holds once it has answered each read a few times."""
    held = {}
    for side in arena.sides:
        for job in side.paths:
            for _ in range(WARM_READS):
                ask(side, job)
        held[side.name] = Series(side.name, "Mio", (megabytes(side.server.pid),))
    notes = ("pages partagées comptées une fois (Pss), PostgreSQL à part, après les travaux qui précèdent",)
    return Finding(
        "pairs-memoire", "mémoire de l'arbre de processus", tuple(held.values()), (), (*notes, *absences(arena))
    )
