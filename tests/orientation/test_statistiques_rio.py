"""Les indicateurs de la RIO lus dans les dossiers : ceux que donne le calcul sur les mêmes histoires, à tout moment."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import asyncpg
import httpx2
import pytest

from gateway.cli.identity import DevelopmentIssuer
from services.orientation.queries import comptes as queries
from services.orientation.schemas.statistiques import StatistiquesRioOut
from services.orientation.statistics import comptes
from shared.settings import IdentitySettings
from tests.conftest import Base, execute
from tests.indicators import keys
from tests.orientation import slow_rio
from tests.orientation.histories import COMMUNES, START, Chance, Row, draw_history, draw_life, store, written_as

Key = dict[str, str]
GET = "/v1/statistiques/rio"
PERSONS, PERIODS = 150, 16


@pytest.fixture(scope="module")
def identity(issuer: DevelopmentIssuer) -> IdentitySettings:
    """The settings that make the service believe the issuer, and restricted keys."""
    known = issuer.environment
    return keys.believe_also(IdentitySettings(issuer=known["IDENTITY_ISSUER"], jwks=known["IDENTITY_JWKS"]))


@pytest.fixture(scope="module")
def pilote(bearer: Callable[[str], Key]) -> Key:
    """The key of who reads figures."""
    return bearer("pilote")


@pytest.fixture(scope="module")
def places() -> dict[str, str | None]:
    chance = Chance(7)
    return {f"dos-{number:04}": chance.choice(COMMUNES) for number in range(PERSONS)}


@pytest.fixture(scope="module")
async def histories(base: Base, places: dict[str, str | None]) -> dict[str, list[Row]]:
    """Strange histories, written in two times so that late events change what was folded."""
    chance = Chance(2031)
    lives = {code: draw_life(chance) for code in places}
    for code in list(lives)[::2]:
        lives[code] = chance.sample([*lives[code], *draw_history(chance)], k=len(lives[code]))
    return {code: draw_history(chance) if rank % 3 == 0 else lives[code] for rank, code in enumerate(lives)}


async def ask(client: httpx2.AsyncClient, key: Key, debut: Any, fin: Any, **more: str) -> httpx2.Response:
    return await client.get(GET, params={"debut": str(debut), "fin": str(fin), **more}, headers=key)


async def compute(client: httpx2.AsyncClient, key: Key, body: Row) -> Row:
    answer = await client.post(GET, json=body, headers=key)
    assert answer.status_code == 200, answer.text
    found: Row = answer.json()
    del found["etats"]
    found["anomalies"] = dict(Counter(each.partition(":")[2] for each in found["anomalies"]))
    return found


def count_slowly(histories: dict[str, list[Row]], debut: date, fin: date, perimetre: str) -> Row:
    lives = {
        code: slow_rio.live([{**each, "date": date.fromisoformat(each["date"])} for each in events], fin)
        for code, events in histories.items()
    }
    found = slow_rio.count(lives, debut, fin, perimetre == "SOUMIS")
    found["entonnoir"] = slow_rio.funnel(lives, debut, fin)
    return {**found, "anomalies": dict(Counter(code for life in lives.values() for code in life["anomalies"]))}


def draw_period(chance: Chance) -> tuple[date, date]:
    first = START + timedelta(days=chance.randint(-10, 430))
    return first, first + timedelta(days=chance.choice([0, 1, 30, 89, 365, 800]))


COUNTED: dict[str, Callable[[Row], int]] = {
    "rio": lambda found: found["I1"]["personnes_rio"],
    "entretiens": lambda found: found["I1"]["personnes_rio_ou_entretien"] - found["I1"]["personnes_rio"],
    "cases": lambda found: len(found["I2"]["matrice"]),
    "entrees": lambda found: found["I2"]["personnes"],
    "delais": lambda found: found["I3"]["n"],
    "attente": lambda found: found["I3"]["n_en_attente"],
    "reorientations": lambda found: found["I4a"]["decisions"],
    "reorientes": lambda found: found["I4a"]["personnes"],
    "abandons": lambda found: found["I4b"]["personnes"],
    "directes": lambda found: found["I5"]["directes"],
    "inconnus": lambda found: found["statut_inconnu"],
    "anomalies": lambda found: len(found["anomalies"]),
    "signales": lambda found: found["entonnoir"]["signales"],
    "convoques": lambda found: found["entonnoir"]["convoques"],
    "presents": lambda found: found["entonnoir"]["presents"],
    "orientes": lambda found: found["entonnoir"]["orientes"],
    "entres": lambda found: found["entonnoir"]["entres"],
}
"""What must have been counted somewhere, for equal figures to mean something."""


async def test_the_figures_of_any_period_are_those_of_the_same_histories_computed_twice_over(
    orientation: httpx2.AsyncClient,
    base: Base,
    pilote: Key,
    histories: dict[str, list[Row]],
    places: dict[str, str | None],
) -> None:
    early = {code: events[: len(events) // 2] for code, events in histories.items()}
    late = {code: events[len(events) // 2 :] for code, events in histories.items()}
    chance = Chance(11)
    most: Counter[str] = Counter()
    for written, added in ((early, early), (histories, late)):
        await store(base, added, places)
        personnes = [{"id": code, "evenements": events} for code, events in written.items()]
        for number in range(PERIODS):
            debut, fin = draw_period(chance)
            perimetre = ("SOUMIS", "TOUS")[number % 2]
            answer = await ask(orientation, pilote, debut, fin, perimetre=perimetre)
            assert answer.status_code == 200, answer.text
            StatistiquesRioOut.model_validate_json(answer.content)
            found = answer.json()
            body = {
                "periode": {"debut": str(debut), "fin": str(fin)},
                "perimetre_brsa": perimetre,
                "personnes": personnes,
            }
            assert found == count_slowly(written, debut, fin, perimetre), (debut, fin, perimetre)
            indicators = {name: told for name, told in found.items() if name != "entonnoir"}
            assert indicators == await compute(orientation, pilote, body), (debut, fin, perimetre)
            most |= Counter({name: read(found) for name, read in COUNTED.items()})
    assert {name for name, number in most.items() if number > 2} == set(COUNTED)


async def told(client: httpx2.AsyncClient, key: Key, **asked: str) -> list[tuple[str, str]]:
    answer = await client.get(GET, params=asked, headers=key)
    assert answer.status_code == 422, answer.text
    return [(each["champ"], each["code"]) for each in answer.json()["erreurs"]]


YEAR = {"debut": "2023-01-01", "fin": "2023-12-31"}
LIVING = {"69M": COMMUNES, "VAL_DE_SAONE": (), "LYON": ("69383",), "69123": ("69383",), "69266": ("69266",)}
LIVING |= {"69149": ("69152",), "69152": ("69152",), "PLATEAU_NORD": ("69034",)}


@pytest.mark.parametrize("territoire", LIVING)
async def test_a_territory_counts_who_lives_there_today(
    orientation: httpx2.AsyncClient,
    pilote: Key,
    histories: dict[str, list[Row]],
    places: dict[str, str | None],
    territoire: str,
) -> None:
    there = {code: events for code, events in histories.items() if places[code] in LIVING[territoire]}
    answer = await ask(orientation, pilote, *YEAR.values(), territoire=territoire)
    assert answer.json() == count_slowly(there, START, date(2023, 12, 31), "SOUMIS")


@pytest.mark.parametrize("held", [["LYON"], ["69266", "PLATEAU_NORD"], ["69M"], []])
async def test_a_restricted_key_counts_only_what_it_covers(
    orientation: httpx2.AsyncClient, histories: dict[str, list[Row]], places: dict[str, str | None], held: list[str]
) -> None:
    key = keys.make_key("restreint", "orientation:statistiques", territoires=held)
    covered = {commune for code in held for commune in LIVING[code]}
    there = {code: events for code, events in histories.items() if places[code] in covered}
    expected = count_slowly(there, START, date(2023, 12, 31), "SOUMIS")
    assert (await ask(orientation, key, *YEAR.values())).json() == expected
    for code in LIVING:
        status = 200 if "69M" in held or (code != "69M" and covered >= {*LIVING[code]} != set()) else 403
        assert (await ask(orientation, key, *YEAR.values(), territoire=code)).status_code == status, code


async def test_what_did_not_change_is_confirmed_and_what_changed_is_not(
    orientation: httpx2.AsyncClient, base: Base, pilote: Key, histories: dict[str, list[Row]]
) -> None:
    first = await ask(orientation, pilote, *YEAR.values())
    etag = {"If-None-Match": first.headers["etag"]}
    assert (await ask(orientation, pilote | etag, *YEAR.values())).status_code == 304
    new = {"dos-neuf": [{"date": "2023-03-03", "type": "presence", "modalite": "RIO_COLLECTIVE"}]}
    await store(base, new, {"dos-neuf": "69266"})
    second = await ask(orientation, pilote | etag, *YEAR.values())
    assert second.json()["I1"]["personnes_rio"] == first.json()["I1"]["personnes_rio"] + 1
    await execute(base.owner_url, "DELETE FROM orientation.evenement WHERE dossier = 'dos-neuf'")
    assert (await ask(orientation, pilote | etag, *YEAR.values())).status_code == 304


async def test_an_event_that_is_committed_late_is_counted_all_the_same(
    orientation: httpx2.AsyncClient, base: Base, pilote: Key
) -> None:
    presence = {"date": "2031-03-03", "type": "presence", "modalite": "RIO_COLLECTIVE"}
    known = {"date": "2031-02-03", "type": "signalement"}
    await store(base, {"dos-lent": [known]})

    async def seen() -> int:
        number: int = (await ask(orientation, pilote, "2031-01-01", "2031-12-31")).json()["I1"]["personnes_rio"]
        return number

    driver = await asyncpg.connect(base.owner_url, server_settings={"search_path": "orientation"})
    try:
        async with driver.transaction():
            await driver.execute(
                "INSERT INTO evenement (id, dossier, date, type, contenu, acteur, enregistre_le)"
                " VALUES ('evt-lent', 'dos-lent', $1, $2, $3, 'essai', now())",
                *written_as(presence),
            )
            await store(base, {"dos-lent": [{**known, "type": "contact"}]})
            assert await seen() == 0
        assert await seen() == 1
    finally:
        await driver.close()


async def test_who_moves_is_counted_where_they_went(orientation: httpx2.AsyncClient, base: Base, pilote: Key) -> None:
    event = {"date": "2030-03-03", "type": "presence", "modalite": "RIO_COLLECTIVE"}
    await store(base, {"dos-mobile": [event]}, {"dos-mobile": "69266"})

    async def seen(territoire: str) -> int:
        answer = await ask(orientation, pilote, "2030-01-01", "2030-12-31", territoire=territoire)
        number: int = answer.json()["I1"]["personnes_rio"]
        return number

    assert [await seen(code) for code in ("69M", "69266", "LYON")] == [1, 1, 0]
    await execute(base.owner_url, "UPDATE orientation.dossier SET commune = '69383' WHERE id = 'dos-mobile'")
    assert [await seen(code) for code in ("69M", "69266", "LYON")] == [1, 0, 1]


async def test_what_cannot_be_asked_is_refused_by_name(orientation: httpx2.AsyncClient, pilote: Key) -> None:
    assert await told(orientation, pilote) == [("debut", "CHAMP_REQUIS"), ("fin", "CHAMP_REQUIS")]
    assert await told(orientation, pilote, debut="2023-02-01", fin="2023-01-31") == [("fin", "DATES_INVERSEES")]
    assert await told(orientation, pilote, **YEAR, territoire="LION") == [("territoire", "VALEUR_INCONNUE")]
    assert await told(orientation, pilote, **YEAR, perimetre="TOUTES") == [("perimetre", "VALEUR_INCONNUE")]
    assert await told(orientation, pilote, **YEAR, region="84") == [("region", "PARAMETRE_INCONNU")]


async def test_figures_are_for_who_may_read_them(orientation: httpx2.AsyncClient, bearer: Callable[[str], Key]) -> None:
    assert (await ask(orientation, {}, *YEAR.values())).status_code == 401
    for role, status in {"lecteur": 403, "partenaire": 403, "agent": 200, "pilote": 200, "admin": 200}.items():
        assert (await ask(orientation, bearer(role), *YEAR.values())).status_code == status


async def test_what_an_older_version_folds_while_it_still_runs_is_folded_again(
    orientation: httpx2.AsyncClient, base: Base, pilote: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    met = [{"date": "2024-05-06", "type": kind} for kind in ("signalement", "contact")]
    year = ("2024-05-06", "2024-05-06")
    await store(base, {"dos-vieux": met}, {"dos-vieux": "69266"})
    with monkeypatch.context() as old:
        old.setattr(comptes, "_iter_steps", lambda parcours: [])
        old.setattr(queries, "FORME", 1)
        old.setattr(queries, "AGAIN", "SELECT 1")
        old.setattr(queries, "STATE", queries.STATE.replace(" OR EXISTS (SELECT FROM compte_depasse)", ""))
        assert (await ask(orientation, pilote, *year)).json()["entonnoir"]["signales"] == 0
    assert (await ask(orientation, pilote, *year)).json()["entonnoir"]["signales"] == 1
