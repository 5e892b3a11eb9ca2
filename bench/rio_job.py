"""The job that reads the figures of the RIO over many persons: never asked before, after an event, and unchanged."""

import time
from datetime import date, timedelta
from pathlib import Path

from bench import BenchError
from bench.client import Caller, calling
from bench.findings import Demand, Finding, Series
from bench.instance import Door, Instance
from bench.measure import Effort
from bench.rio_seed import seed_persons
from gateway.cli import say

PERSONS, READS, CHANGES = 200_000, 20, 5
MOST_COLD, MOST_UNCHANGED = 500, 50
WAIT_SECONDS = 600
NEW = """
INSERT INTO orientation.evenement (id, dossier, date, type, contenu, acteur, enregistre_le)
VALUES ($1, 'dos-000000000000000000000000', '2025-06-01', 'contact', '{}', 'banc', now())
"""
SETTLED = ("dossier", "evenement", "dossier_compte", "dossier_alerte", "compte_a_refaire")
SETTLE = f"VACUUM (ANALYZE) {', '.join(f'orientation.{table}' for table in SETTLED)}"
FOLDED = "SELECT count(*) FROM orientation.dossier_compte"
COLD, CHANGED, UNCHANGED = "jamais demandé", "après un événement", "inchangé"
ALERTS, ALERTS_OF_CTM = "/v1/alertes", "/v1/alertes?ctm=LYON&type=SOCIAL_A_REVOIR"


def measure_rio(instance: Instance, effort: Effort, folder: Path) -> Finding:
    """Read a year, over and over, on one connection; then the first page of the alerts."""
    with (
        instance.serving(0) as door,
        calling(door.port, door.authorization("pilote")) as caller,
        calling(door.port, door.authorization("agent")) as adviser,
    ):
        events = door.database.run(lambda connection: seed_persons(connection, PERSONS))
        folding = _fold(caller)
        door.database.run(lambda connection: connection.execute(SETTLE))
        rows = door.database.run(lambda connection: connection.fetchval(FOLDED))
        times: dict[str, list[float]] = {name: [] for name in (COLD, CHANGED, UNCHANGED, ALERTS, ALERTS_OF_CTM)}
        for number in range(effort.passes):
            times[COLD] += [_read_ms(caller, number * READS + rank) for rank in range(READS)]
            times[UNCHANGED] += [_read_ms(caller, number * READS) for _ in range(READS)]
            times[CHANGED] += [_change_and_read_ms(door, caller, number * CHANGES + rank) for rank in range(CHANGES)]
            times[ALERTS] += [_page_ms(adviser, ALERTS) for _ in range(READS)]
            times[ALERTS_OF_CTM] += [_page_ms(adviser, ALERTS_OF_CTM) for _ in range(READS)]
            say(f"rio : passe {number + 1}/{effort.passes}")
    series = {name: Series(name, "ms", tuple(values), many=True) for name, values in times.items()}
    return Finding(
        "rio",
        f"GET /v1/statistiques/rio sur un an, {PERSONS} personnes, {events} événements, une connexion",
        (*series.values(), Series("premier décompte de tous les événements", "s", (folding,))),
        tuple(
            Demand(f"rio {name}, p50 (ms)", series[name].median, most, at_least=False)
            for name, most in ((COLD, MOST_COLD), (CHANGED, MOST_COLD), (UNCHANGED, MOST_UNCHANGED))
        ),
        (f"{rows} lignes décomptées ; jamais demandé : chaque fois une autre année, le cache de la porte éteint",),
    )


def _path(shift: int) -> str:
    debut = date(2024, 1, 1) + timedelta(days=shift)
    return f"/v1/statistiques/rio?debut={debut}&fin={debut + timedelta(days=365)}"


def _fold(caller: Caller) -> float:
    """Ask until the whole is counted: what a request that is given up has counted stays so. Return the seconds."""
    started = time.monotonic()
    while (reply := caller.get(_path(-1))).status != 200:
        if reply.status != 504 or time.monotonic() - started > WAIT_SECONDS:
            raise BenchError(f"statut {reply.status} après {time.monotonic() - started:.0f} s")
    return time.monotonic() - started


def _read_ms(caller: Caller, shift: int) -> float:
    reply = caller.get(_path(shift))
    if not reply.document(200)["I3"]["n"]:
        raise BenchError("aucune entrée : les histoires sont à revoir")
    return reply.seconds * 1000


def _page_ms(caller: Caller, path: str) -> float:
    reply = caller.get(path)
    if not reply.document(200)["curseur_suivant"]:
        raise BenchError(f"{path} : moins d'une page")
    return reply.seconds * 1000


def _change_and_read_ms(door: Door, caller: Caller, number: int) -> float:
    door.database.run(lambda connection: connection.execute(NEW, f"evt-banc-{time.time_ns()}"))
    return _read_ms(caller, number)
