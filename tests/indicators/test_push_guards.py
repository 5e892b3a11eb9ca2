"""What a push cannot do: go back in time, delete by accident, touch what is closed, write beyond its key."""

from typing import Any

import httpx2
import pytest

from tests.conftest import Base
from tests.indicators.batches import check_counters, check_sums, count, fetch, make_rows
from tests.indicators.calls import codes_of, post, push
from tests.indicators.conftest import Key
from tests.indicators.keys import make_key

ROW = {"grandeur": "30.I1.a", "territoire": "69266", "periode": "2025-06", "valeur": 10}
DAYS = {day: f"2026-02-{day:02d}T08:00:00+01:00" for day in range(1, 29)}
STATE = """
SELECT valeur::int AS valeur, extrait_le, supprimee, (SELECT count(*) FROM revision r WHERE r.source = m.source)::int
FROM mesure m WHERE source = $1
"""
Report = dict[str, Any]


async def fate(client: httpx2.AsyncClient, key: Key, rows: list[Any], **enveloppe: Any) -> Report:
    """Push rows that are all good; return the counters that are not 0."""
    answer = await push(client, key, rows, **enveloppe)
    assert answer.status_code == 200, answer.text
    report = answer.json()
    check_counters(report)
    names = ("creees", "modifiees", "inchangees", "supprimees", "perimees", "supprimees_perimetre")
    return {name: report[name] for name in names if report[name]}


async def state(base: Base, source: str) -> tuple[Any, ...]:
    """The value, the day it was extracted, whether it was deleted, how many revisions."""
    (row,) = await fetch(base, STATE, source)
    return row[0], row[1].day, row[2], row[3]


async def test_an_older_extraction_never_overwrites_a_newer_one(
    indicators: httpx2.AsyncClient, base: Base, partner: Key
) -> None:
    async def at(day: int, value: int) -> Report:
        return await fate(indicators, partner, [ROW | {"valeur": value}], source="dates", extrait_le=DAYS[day])

    assert await at(10, 1) == {"creees": 1}
    assert await at(5, 2) == {"perimees": 1}
    assert await at(5, 1) == {"inchangees": 1}
    assert await state(base, "dates") == (1, 10, False, 1)
    assert await at(20, 1) == {"inchangees": 1}  # the same value, seen again: no revision, but a later date
    assert await state(base, "dates") == (1, 20, False, 1)
    assert await at(15, 3) == {"perimees": 1}
    assert await state(base, "dates") == (1, 20, False, 1)
    assert await at(20, 4) == {"modifiees": 1}
    assert await at(21, 5) == {"modifiees": 1}
    assert await state(base, "dates") == (5, 21, False, 3)
    stale = (await push(indicators, partner, [ROW | {"ref": "vieille"}], source="dates")).json()
    (told,) = stale["avertissements"]
    assert (told["code"], told["indice"], told["ref"]) == ("EXTRACTION_ANCIENNE", 0, "vieille")
    assert stale["incidence"] == []


async def test_a_tombstone_is_dated_too(indicators: httpx2.AsyncClient, base: Base, partner: Key) -> None:
    key = {name: ROW[name] for name in ("grandeur", "territoire", "periode")}
    gone = {"source": "tombes", "strategie": "suppression", "motif": "Saisie par erreur"}

    async def at(day: int, value: int) -> Report:
        return await fate(indicators, partner, [ROW | {"valeur": value}], source="tombes", extrait_le=DAYS[day])

    assert await at(10, 1) == {"creees": 1}
    assert await fate(indicators, partner, [key], **gone, extrait_le=DAYS[9]) == {"perimees": 1}
    assert await fate(indicators, partner, [key], **gone, extrait_le=DAYS[11], simulation=True) == {"supprimees": 1}
    assert await state(base, "tombes") == (1, 10, False, 1)
    assert await fate(indicators, partner, [key], **gone, extrait_le=DAYS[11]) == {"supprimees": 1}
    assert await state(base, "tombes") == (None, 11, True, 2)
    assert await fate(indicators, partner, [key], **gone, extrait_le=DAYS[20]) == {"inchangees": 1}
    assert await state(base, "tombes") == (None, 20, True, 2)
    assert await at(15, 2) == {"perimees": 1}  # between both deletions
    assert await at(21, 3) == {"creees": 1}
    assert await state(base, "tombes") == (3, 21, False, 3)
    assert await fate(indicators, partner, [key | {"periode": "2001"}], **gone, extrait_le=DAYS[22]) == {
        "inchangees": 1
    }
    (told,) = await fetch(base, "SELECT commentaire, supprimee FROM revision WHERE source = 'tombes' AND supprimee")
    assert told["commentaire"] == "Saisie par erreur"
    await check_sums(base)


PERIMETRE = {"grandeurs": ["30.I1.a"], "territoires": ["69M"], "debut": "2025-01-01", "fin": "2025-12-31"}
MONTHS = [f"2025-{month:02d}" for month in range(1, 13)]


def monthly(grandeur: str = "30.I1.a", territoire: str = "69266", value: int = 10) -> list[dict[str, Any]]:
    return [{"grandeur": grandeur, "territoire": territoire, "periode": m, "valeur": value} for m in MONTHS]


async def live(base: Base, source: str) -> int:
    number: int = await count(base, "SELECT count(*) FROM mesure WHERE source = $1 AND NOT supprimee", source)
    return number


async def test_a_replacement_deletes_what_its_scope_holds_besides(
    indicators: httpx2.AsyncClient, base: Base, partner: Key
) -> None:
    inside = [*monthly(), *monthly(territoire="69256")]
    outside = [*monthly("30.I1.b"), ROW | {"periode": "2024-12"}, ROW | {"periode": "2025"}]
    replace = {"source": "remplace", "strategie": "remplacement"}
    year = PERIMETRE | {"debut": "2025-01-01", "fin": "2025-11-30"}
    assert await fate(indicators, partner, [*inside, *outside], source="remplace") == {"creees": 38}
    assert await fate(indicators, partner, inside, source="voisine") == {"creees": 24}
    kept = [row for row in inside if row["periode"] <= "2025-11"][1:]
    answer = await push(indicators, partner, kept, **replace, perimetre=year, simulation=True, extrait_le=DAYS[2])
    assert answer.json()["supprimees_perimetre"] == 1
    assert await live(base, "remplace") == 38
    answer = await push(indicators, partner, kept, **replace, perimetre=year, extrait_le=DAYS[2])
    report = answer.json()
    assert (answer.status_code, report["inchangees"], report["supprimees_perimetre"]) == (200, 21, 1)
    assert [each["periodes"] for each in report["incidence"]] == [["2025-01"]]
    assert (await live(base, "remplace"), await live(base, "voisine")) == (37, 24)
    assert await fate(indicators, partner, inside[:1], source="remplace", extrait_le=DAYS[1]) == {"perimees": 1}
    later = await push(indicators, partner, kept, **replace, perimetre=year, extrait_le=DAYS[9])
    assert later.json()["supprimees_perimetre"] == 0
    assert await fate(indicators, partner, inside[:1], source="remplace", extrait_le=DAYS[8]) == {"perimees": 1}
    await check_sums(base)


async def test_a_replacement_refuses_rows_outside_its_scope_copies_included(
    indicators: httpx2.AsyncClient, partner: Key
) -> None:
    scope = PERIMETRE | {"territoires": ["VAL_DE_SAONE"], "fin": "2025-06-30"}
    rows: list[dict[str, Any]] = [
        ROW | {"territoire": "69M"},
        ROW | {"territoire": "69M"},
        ROW | {"grandeur": "30.I1.b", "territoire": "VAL_DE_SAONE"},
        ROW | {"periode": "2025-Q3", "territoire": "VAL_DE_SAONE"},
        ROW | {"periode": "2025", "territoire": "VAL_DE_SAONE"},
        ROW | {"territoire": "VAL_DE_SAONE"},
    ]
    answer = await push(indicators, partner, rows, strategie="remplacement", perimetre=scope, source="portee")
    report = answer.json()
    check_counters(report)
    assert {fault["code"] for fault in report["rejets"]} == {"HORS_PERIMETRE"}
    assert [(fault["indice"], fault["champ"]) for fault in report["rejets"]] == [
        (0, "/territoire"),
        (1, "/territoire"),
        (2, "/grandeur"),
        (3, "/periode"),
        (4, "/periode"),
    ]
    assert (report["creees"], answer.status_code) == (1, 207)
    assert "SUPPRESSION_SUSPENDUE" in [each["code"] for each in report["avertissements"]]


async def test_rejects_suspend_the_deletions_of_a_replacement(
    indicators: httpx2.AsyncClient, base: Base, partner: Key
) -> None:
    rows = monthly()
    await fate(indicators, partner, rows, source="suspendue")
    rows[0] = rows[0] | {"valeur": -1}
    replace: dict[str, Any] = {"strategie": "remplacement", "perimetre": PERIMETRE, "extrait_le": DAYS[2]}
    answer = await push(indicators, partner, rows[:11], source="suspendue", **replace)
    report = answer.json()
    assert (answer.status_code, report["rejetees"], report["supprimees_perimetre"]) == (207, 1, 0)
    assert await live(base, "suspendue") == 12


async def test_a_mass_deletion_is_confirmed_by_its_exact_number(
    indicators: httpx2.AsyncClient, base: Base, partner: Key
) -> None:
    rows = monthly()
    new = [ROW | {"grandeur": "30.I1.a", "territoire": "69256", "periode": "2025-01"}]
    await fate(indicators, partner, rows, source="massive")
    replace: dict[str, Any] = {"source": "massive", "strategie": "remplacement", "perimetre": PERIMETRE}
    replace |= {"extrait_le": DAYS[2]}
    for confirmer in (None, 1, 3):
        for simulation in (True, False):
            said = {**replace, "simulation": simulation, "confirmer": confirmer}
            answer = await push(indicators, partner, [*rows[:10], *new], **said)
            report = answer.json()
            check_counters(report)
            assert (answer.status_code, report["code"], report["ecartees"]) == (422, "SUPPRESSION_MASSIVE", 11)
            (told,) = report["erreurs"]
            assert (told["champ"], told["attendu"]) == ("/enveloppe/confirmer", "2")
            assert report["supprimees_perimetre"] == 0
    assert await live(base, "massive") == 12
    exact = (await push(indicators, partner, [*rows[:10], *new], **replace, confirmer=2)).json()
    assert (exact["creees"], exact["inchangees"], exact["supprimees_perimetre"]) == (1, 10, 2)
    emptied = await push(indicators, partner, [], **(replace | {"extrait_le": DAYS[3]}), confirmer=11)
    assert (emptied.status_code, emptied.json()["supprimees_perimetre"]) == (200, 11)
    assert await live(base, "massive") == 0
    await check_sums(base)


async def test_an_old_replacement_deletes_nothing_newer(
    indicators: httpx2.AsyncClient, base: Base, partner: Key
) -> None:
    await fate(indicators, partner, monthly(), source="ancienne", extrait_le=DAYS[20])
    replace: dict[str, Any] = {"strategie": "remplacement", "perimetre": PERIMETRE, "extrait_le": DAYS[10]}
    answer = await push(indicators, partner, monthly()[:1], source="ancienne", **replace)
    assert (answer.status_code, answer.json()["supprimees_perimetre"]) == (200, 0)
    assert await live(base, "ancienne") == 12


async def test_a_replacement_leaves_what_is_closed(
    indicators: httpx2.AsyncClient, base: Base, partner: Key, pilot: Key
) -> None:
    await fate(indicators, partner, monthly("30.I3.a"), source="close")
    lock = {"codes": ["30.I3"], "debut": "2025-01-01", "fin": "2025-06-30", "motif": "Comptes arrêtés"}
    made = await post(indicators, "/v1/verrous", lock, pilot)
    assert made.status_code == 201
    scope = PERIMETRE | {"grandeurs": ["30.I3.a"]}
    replace: dict[str, Any] = {"strategie": "remplacement", "perimetre": scope, "extrait_le": DAYS[2]}
    answer = await push(indicators, partner, [], source="close", **replace)
    assert answer.json()["erreurs"][0]["attendu"] == "6"
    answer = await push(indicators, partner, [], source="close", **replace, confirmer=6)
    assert answer.json()["supprimees_perimetre"] == 6
    left = await fetch(base, "SELECT periode FROM mesure WHERE source = 'close' AND NOT supprimee ORDER BY 1")
    assert [row[0] for row in left] == MONTHS[:6]
    refused = await push(indicators, partner, monthly("30.I3.a", value=11)[4:8], source="close")
    told = [(fault["indice"], fault["code"]) for fault in refused.json()["rejets"]]
    assert told == [(0, "PERIODE_VERROUILLEE"), (1, "PERIODE_VERROUILLEE")]
    deleted = [{name: row[name] for name in ("grandeur", "territoire", "periode")} for row in monthly("30.I3.a")[:1]]
    refused = await push(indicators, partner, deleted, source="close", strategie="suppression", motif="essai")
    assert refused.json()["rejets"][0]["code"] == "PERIODE_VERROUILLEE"
    await indicators.delete(made.headers["location"], headers=pilot)


@pytest.mark.parametrize(
    ("change", "champ", "code"),
    [
        ({"grandeurs": ["30.I1.z"]}, "/enveloppe/perimetre/grandeurs/0", "GRANDEUR_INCONNUE"),
        ({"territoires": ["69M", "x"]}, "/enveloppe/perimetre/territoires/1", "TERRITOIRE_INCONNU"),
        ({"fin": "2024-01-01"}, "/enveloppe/perimetre", "DATES_INVERSEES"),
        ({"grandeurs": []}, "/enveloppe/perimetre/grandeurs", "LONGUEUR_INVALIDE"),
        ({"debut": "hier"}, "/enveloppe/perimetre/debut", "DATE_INVALIDE"),
    ],
)
async def test_a_scope_names_what_exists(
    indicators: httpx2.AsyncClient, partner: Key, change: dict[str, Any], champ: str, code: str
) -> None:
    scope = PERIMETRE | change
    answer = await push(indicators, partner, [ROW], strategie="remplacement", perimetre=scope)
    assert (answer.status_code, codes_of(answer)) == (422, [(champ, code)])


async def test_a_replacement_is_dated(indicators: httpx2.AsyncClient, partner: Key) -> None:
    rows = [ROW | {"extrait_le": DAYS[2]}]
    answer = await push(indicators, partner, rows, strategie="remplacement", perimetre=PERIMETRE, extrait_le=None)
    assert (answer.status_code, codes_of(answer)) == (422, [("/enveloppe/extrait_le", "CHAMP_REQUIS")])


async def test_the_longest_scope_is_bounded(indicators: httpx2.AsyncClient, partner: Key) -> None:
    scope = PERIMETRE | {"debut": "1900-01-01", "fin": "9998-12-31"}
    answer = await push(indicators, partner, [ROW], strategie="remplacement", perimetre=scope, source="longue")
    assert (answer.status_code, answer.json()["creees"]) == (200, 1)


async def test_a_key_writes_its_sources_quantities_and_territories_only(
    indicators: httpx2.AsyncClient, base: Base
) -> None:
    key = make_key(
        "restreint", "indicateurs:pousser", sources=["mmie"], grandeurs=["30", "1.I3"], territoires=["VAL_DE_SAONE"]
    )
    refused = await push(indicators, key, [ROW], source="autre")
    assert (refused.status_code, refused.json()["code"]) == (403, "DROIT_INSUFFISANT")
    rows = [
        ROW | {"territoire": "VAL_DE_SAONE"},
        ROW | {"territoire": "69M"},
        ROW | {"territoire": "69266"},
        ROW | {"grandeur": "23.I3.a", "territoire": "VAL_DE_SAONE"},
        ROW | {"grandeur": "1.I3.a", "territoire": "69044"},
        ROW | {"grandeur": "23.I3.a", "territoire": "69266"},
    ]
    report = (await push(indicators, key, rows, source="mmie")).json()
    told = [(fault["indice"], fault["champ"], fault["code"]) for fault in report["rejets"]]
    assert told == [
        (1, "/territoire", "DROIT_TERRITOIRE"),
        (2, "/territoire", "DROIT_TERRITOIRE"),
        (3, "/grandeur", "DROIT_GRANDEUR"),
        (4, "/territoire", "DROIT_TERRITOIRE"),
        (5, "/grandeur", "DROIT_GRANDEUR"),
        (5, "/territoire", "DROIT_TERRITOIRE"),
    ]
    assert report["creees"] == 1
    scope = PERIMETRE | {"grandeurs": ["30.I1.a", "23.I3.a"], "territoires": ["VAL_DE_SAONE", "69M"]}
    refused = await push(indicators, key, [ROW], source="mmie", strategie="remplacement", perimetre=scope)
    assert codes_of(refused) == [
        ("/enveloppe/perimetre/grandeurs/1", "DROIT_GRANDEUR"),
        ("/enveloppe/perimetre/territoires/1", "DROIT_TERRITOIRE"),
    ]
    assert await live(base, "mmie") == 1
    empty = make_key("vide", "indicateurs:pousser", sources=[])
    assert (await push(indicators, empty, [ROW], source="mmie")).status_code == 403


async def test_a_dry_run_after_another_on_the_same_connection_changes_nothing(
    indicators: httpx2.AsyncClient, base: Base, partner: Key
) -> None:
    rows = make_rows(50)
    for _ in range(3):
        assert await fate(indicators, partner, rows, source="blanc", simulation=True) == {"creees": 50}
    assert await count(base, "SELECT count(*) FROM ecriture e JOIN lot l ON l.id = e.lot WHERE l.source = 'blanc'") == 0
    assert await count(base, "SELECT count(*) FROM source WHERE code = 'blanc'") == 0
    assert await count(base, "SELECT count(*) FROM lot WHERE source = 'blanc'") == 3
    assert await fate(indicators, partner, rows, source="blanc") == {"creees": 50}
    assert await fate(indicators, partner, rows, source="blanc", simulation=True) == {"inchangees": 50}


async def test_strange_values_are_told_and_written(indicators: httpx2.AsyncClient, partner: Key) -> None:
    async def warnings(rows: list[dict[str, Any]], source: str) -> list[tuple[int, str, str]]:
        report = (await push(indicators, partner, rows, source=source)).json()
        assert report["creees"] == len(rows)
        return [(told["indice"], told["code"], told["attendu"]) for told in report["avertissements"]]

    def at(territoire: str, valeur: int, periode: str = "2025-06", **more: Any) -> dict[str, Any]:
        row = {"grandeur": "1.I3.a", "territoire": territoire, "periode": periode, "valeur": valeur}
        return row | ({"ventilation": more} if more else {})

    rhone_amont = ["69256", "69275", "69279", "69282"]
    parts = [at(code, 10) for code in rhone_amont]
    assert await warnings([at("RHONE_AMONT", 40), *parts], "justes") == []
    assert await warnings([at("RHONE_AMONT", 41), *parts], "fausses") == [
        (0, "TOTAL_DIFFERENT", "40, somme des parties de RHONE_AMONT")
    ]
    assert await warnings([at("RHONE_AMONT", 41), *parts[:2]], "partielles") == []
    assert await warnings([at("RHONE_AMONT", 19), *parts[:2]], "exces") == [
        (0, "TOTAL_DIFFERENT", "20, somme des parties de RHONE_AMONT")
    ]
    sexes = [at("69266", 6, sexe="F"), at("69266", 5, sexe="H")]
    assert await warnings([at("69266", 11), *sexes], "ventilees") == []
    assert await warnings([at("69266", 12), *sexes], "mal-ventilees") == [
        (0, "VENTILATION_DIFFERENTE", "11, somme selon sexe")
    ]
    assert await warnings([at("69266", 12), *sexes[:1]], "demi-ventilees") == []
    leap = [at("69266", 30), at("69266", 299, "2025-07"), at("69256", 10), at("69256", 100, "2025-07")]
    assert await warnings(leap, "sauts") == [(3, "VALEUR_ATYPIQUE", "proche de 10 (2025-06)")]
