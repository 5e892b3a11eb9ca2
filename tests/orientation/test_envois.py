"""Les indicateurs de la fiche 11 comptés par mois et envoyés au service des indicateurs, quoi qu'il arrive."""

import secrets
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.cli.identity import DevelopmentIssuer
from services.orientation.models import SCHEMA
from services.orientation.schemas.envois import EnvoiOut
from services.orientation.service.envois import (
    forget_envois,
    next_try,
    send_pending,
    state_after,
)
from services.orientation.service.publication import months_asked, publish
from services.orientation.settings import Settings
from shared.database import engine_of, transaction
from shared.errors import DonneesRefusees
from shared.expedition import Expediteur, Reception
from shared.settings import IdentitySettings
from shared.territoires import read_arbre
from shared.wire import ListeOut
from tests.conftest import Base, execute
from tests.indicators import keys
from tests.orientation.feeds import fetch
from tests.orientation.histories import Chance, Row, draw_history, draw_life, store

Key = dict[str, str]
LIST, PUBLICATION = "/v1/statistiques/rio/envois", "/v1/statistiques/rio/publication"
CTM = {"69266": "VILLEURBANNE", "69034": "PLATEAU_NORD", "69383": "LYON", None: None}
MONTHS = [date(2023, month, 1) for month in range(1, 7)]
ROWS_A_MONTH = 73 * 11
DUE = "UPDATE orientation.envoi SET prochain_le = now() - interval '1 s'"


@pytest.fixture(scope="module")
def identity(issuer: DevelopmentIssuer) -> IdentitySettings:
    """The settings that make the service believe the issuer, and restricted keys."""
    known = issuer.environment
    return keys.believe_also(IdentitySettings(issuer=known["IDENTITY_ISSUER"], jwks=known["IDENTITY_JWKS"]))


@pytest.fixture(scope="module")
def pilote(bearer: Callable[[str], Key]) -> Key:
    return bearer("pilote")


@pytest.fixture(scope="module")
async def engine(base: Base) -> AsyncIterator[AsyncEngine]:
    """The engine of the background work."""
    made = engine_of(Settings(database_url=base.url_of("orientation")), SCHEMA)
    yield made
    await made.dispose()


@pytest.fixture(scope="module")
async def histories(base: Base) -> dict[str, list[Row]]:
    chance = Chance(42)
    drawn = {f"dos-{number:04}": draw_life(chance) for number in range(250)}
    drawn |= {f"dos-{number:04}": draw_history(chance) for number in range(250, 350)}
    places = {code: chance.choice(list(CTM)) for code in drawn}
    for place, ctm in CTM.items():
        there = {code: events for code, events in drawn.items() if places[code] == place}
        await store(base, there, places, ctm=ctm)
    return drawn


def to(indicators: httpx2.AsyncClient) -> tuple[Expediteur, list[httpx2.Response]]:
    """A way to the indicators that notes what they answer."""
    answers: list[httpx2.Response] = []
    key = keys.make_key("orientation", "indicateurs:pousser", sources=["orientation"])

    async def send(code: str, corps: dict[str, Any]) -> Reception:
        answer = await indicators.post("/v1/lots", json=corps, headers=key | {"Idempotency-Key": code})
        answers.append(answer)
        return Reception(answer.status_code, answer.json())

    return send, answers


def failing(*statuts: int | None) -> tuple[Expediteur, list[str]]:
    """A way that answers what is given, then always the last of it."""
    left, seen = list(statuts), list[str]()

    async def send(code: str, corps: dict[str, Any]) -> Reception:
        seen.append(code)
        statut = left.pop(0) if len(left) > 1 else left[0]
        return Reception(statut, {"lot": "lot-1", "rejetees": 0} if statut == 200 else {})

    return send, seen


async def listed(client: httpx2.AsyncClient, key: Key, **asked: str) -> list[EnvoiOut]:
    answer = await client.get(LIST, params={"limite": "200", **asked}, headers=key)
    assert answer.status_code == 200, answer.text
    return ListeOut[EnvoiOut].model_validate_json(answer.content).elements


async def measured(indicators: httpx2.AsyncClient, key: Key, grandeur: str, territoire: str, mois: date) -> Any:
    path = f"/v1/mesures/11.{grandeur}/{territoire}/{mois:%Y-%m}?source=orientation"
    answer = await indicators.get(path, headers=key)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_what_the_indicators_hold_is_what_the_figures_say(
    orientation: httpx2.AsyncClient,
    indicators: httpx2.AsyncClient,
    engine: AsyncEngine,
    pilote: Key,
    histories: dict[str, list[Row]],
) -> None:
    await publish(engine, read_arbre(), MONTHS)
    expediteur, answers = to(indicators)
    assert await send_pending(engine, expediteur) == len(MONTHS)
    assert [(each.status_code, each.json()["recues"]) for each in answers] == [(200, ROWS_A_MONTH)] * len(MONTHS)
    for mois, territoire in ((MONTHS[1], "69M"), (MONTHS[3], "LYON"), (MONTHS[5], "69M")):
        last = (mois + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        asked = {"debut": str(mois), "fin": str(last), "territoire": territoire}
        figures = (await orientation.get("/v1/statistiques/rio", params=asked, headers=pilote)).json()
        told = {code: await measured(indicators, pilote, code, territoire, mois) for code in EXPECTED}
        assert {code: tuple(told[code][name] for name in names) for code, (names, _) in EXPECTED.items()} == {
            code: read(figures) for code, (_, read) in EXPECTED.items()
        }


EXPECTED: dict[str, tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]] = {
    "I1.a": (("valeur",), lambda f: (f["I1"]["personnes_rio"],)),
    "I1.b": (("valeur",), lambda f: (f["I1"]["personnes_rio_ou_entretien"],)),
    "I2.a": (("valeur",), lambda f: (f["I2"]["personnes"],)),
    "I3.a": (("valeur",), lambda f: (f["I3"]["mediane_jours"],)),
    "I3.b": (("effectif",), lambda f: (f["I3"]["n"],)),
    "I3.c": (("valeur",), lambda f: (f["I3"]["mediane_orientation_jours"],)),
    "I3.d": (("valeur",), lambda f: (f["I3"]["mediane_rdv_jours"],)),
    "I3.e": (("valeur",), lambda f: (f["I3"]["n_en_attente"],)),
    "I4.a": (("valeur",), lambda f: (f["I4a"]["decisions"],)),
    "I4.b": (("valeur",), lambda f: (f["I4a"]["personnes"],)),
    "I4.c": (("valeur",), lambda f: (f["I4b"]["personnes"],)),
    "I5.a": (("numerateur", "denominateur"), lambda f: (f["I5"]["directes"], f["I5"]["total"])),
}


async def test_a_median_is_told_with_its_headcount(base: Base, histories: dict[str, list[Row]]) -> None:
    query = """
        SELECT bool_and(m.diviseur > 0), count(*) > 20 FROM indicators.mesure m
        JOIN indicators.grandeur_version g ON g.definition = m.definition AND g.connu_au IS NULL
        WHERE m.source = 'orientation' AND g.contenu->>'nature' = 'mediane' AND m.valeur IS NOT NULL
    """
    assert await fetch(base, query) == [(True, True)]


async def test_breakdowns_by_pathway_and_step_are_those_of_the_matrix(
    orientation: httpx2.AsyncClient, indicators: httpx2.AsyncClient, pilote: Key, histories: dict[str, list[Row]]
) -> None:
    asked = {"debut": "2023-02-01", "fin": "2023-02-28"}
    matrix = (await orientation.get("/v1/statistiques/rio", params=asked, headers=pilote)).json()["I2"]["matrice"]
    assert matrix
    for parcours, steps in matrix.items():
        for etape, number in steps.items():
            path = f"/v1/mesures/11.I2.a/69M/2023-02?source=orientation&ventilation=parcours:{parcours},etape:{etape}"
            answer = await indicators.get(path.replace("GLOBAL", "SOCIO_PRO"), headers=pilote)
            assert answer.json()["valeur"] == number, answer.text


async def test_what_did_not_change_is_not_sent_again_and_what_changed_replaces_it(
    orientation: httpx2.AsyncClient,
    indicators: httpx2.AsyncClient,
    engine: AsyncEngine,
    base: Base,
    pilote: Key,
    histories: dict[str, list[Row]],
) -> None:
    expediteur, answers = to(indicators)
    await publish(engine, read_arbre(), MONTHS)
    assert await send_pending(engine, expediteur) == 0
    before = (await measured(indicators, pilote, "I1.a", "LYON", MONTHS[2]))["valeur"]
    event = {"date": "2023-03-10", "type": "presence", "modalite": "RIO_COLLECTIVE"}
    new = [f"dos-{secrets.token_hex(4)}" for _ in range(2)]
    await store(base, {code: [event] for code in new}, dict.fromkeys(new, "69383"))
    await publish(engine, read_arbre(), MONTHS)
    assert await send_pending(engine, expediteur) == 1
    assert answers[-1].json()["inchangees"] > answers[-1].json()["modifiees"] > 0
    assert (await measured(indicators, pilote, "I1.a", "LYON", MONTHS[2]))["valeur"] == before + 2


async def test_a_sending_without_an_answer_waits_and_is_sent_again_under_the_same_key(
    orientation: httpx2.AsyncClient,
    engine: AsyncEngine,
    base: Base,
    pilote: Key,
    bearer: Callable[[str], Key],
    histories: dict[str, list[Row]],
) -> None:
    await publish(engine, read_arbre(), [date(2023, 7, 1), date(2023, 8, 1)])
    send, seen = failing(None)
    assert await send_pending(engine, send) == 0
    waiting = await listed(orientation, pilote, etat="A_ENVOYER")
    assert [(each.mois, each.essais, each.statut) for each in waiting] == [("2023-08", 0, None), ("2023-07", 1, None)]
    await execute(base.owner_url, DUE)
    await execute(base.owner_url, "UPDATE orientation.envoi SET cree_le = cree_le - interval '25 h' WHERE lot IS NULL")
    assert [each.en_retard for each in await listed(orientation, pilote, etat="A_ENVOYER")] == [True, True]
    alerts = await orientation.get("/v1/alertes", params={"type": "ENVOI"}, headers=bearer("agent"))
    assert {each["objet"] for each in alerts.json()["elements"]} == {each.id for each in waiting}
    send, again = failing(503, 200)
    assert await send_pending(engine, send) == 0
    assert await send_pending(engine, send) == 1
    await execute(base.owner_url, DUE)
    assert await send_pending(engine, send) == 1
    assert (again[0], again[2]) == (seen[0], seen[0])
    done = {each.id: each for each in await listed(orientation, pilote, etat="ENVOYE")}
    assert (done[seen[0]].essais, done[seen[0]].lot, done[seen[0]].en_retard) == (3, "lot-1", False)


async def test_what_was_sent_long_ago_is_forgotten_but_the_last_of_each_month(
    orientation: httpx2.AsyncClient, engine: AsyncEngine, base: Base, pilote: Key, histories: dict[str, list[Row]]
) -> None:
    before = await listed(orientation, pilote, etat="ENVOYE")
    await execute(base.owner_url, "UPDATE orientation.envoi SET envoye_le = envoye_le - interval '91 d'")
    async with transaction(engine) as session:
        await forget_envois(session)
    after = await listed(orientation, pilote, etat="ENVOYE")
    assert sorted(each.mois for each in after) == sorted({each.mois for each in before})
    assert len(after) < len(before)


async def test_a_refusal_stays_until_the_figures_change(
    orientation: httpx2.AsyncClient, engine: AsyncEngine, base: Base, pilote: Key, histories: dict[str, list[Row]]
) -> None:
    mois = date(2023, 9, 1)
    await publish(engine, read_arbre(), [mois])
    send, seen = failing(422)
    assert await send_pending(engine, send) == 0
    (refused,) = await listed(orientation, pilote, etat="REFUSE")
    assert (refused.id, refused.statut, refused.prochain_le) == (seen[0], 422, None)
    assert await send_pending(engine, send) == 0
    event = {"date": "2023-09-10", "type": "presence", "modalite": "RIO_COLLECTIVE"}
    await store(base, {f"dos-{secrets.token_hex(4)}": [event]})
    await publish(engine, read_arbre(), [mois])
    assert await listed(orientation, pilote, etat="REFUSE") == []


def test_only_answers_about_the_figures_refuse_them_and_waits_grow() -> None:
    again = (None, 302, 401, 403, 404, 408, 409, 429, 500, 503)
    assert {state_after(statut) for statut in again} == {"A_ENVOYER"}
    assert {state_after(statut) for statut in (200, 202, 207)} == {"ENVOYE"}
    assert {state_after(statut) for statut in (400, 413, 415, 422)} == {"REFUSE"}
    now = datetime(2026, 1, 1, tzinfo=UTC)
    waits = [(next_try(number, now) - now).total_seconds() / 60 for number in (0, 1, 5, 9, 1000)]
    assert waits == [1, 2, 32, 360, 360]


async def test_nothing_is_sent_before_the_first_event(make_base: Any) -> None:
    async with make_base() as empty:
        engine = engine_of(Settings(database_url=empty.url_of("orientation")), SCHEMA)
        await publish(engine, read_arbre(), [])
        send, seen = failing(200)
        assert (await send_pending(engine, send), seen) == (0, [])
        await engine.dispose()


async def test_who_reads_figures_may_ask_for_their_sending(
    orientation: httpx2.AsyncClient, pilote: Key, bearer: Callable[[str], Key]
) -> None:
    def under() -> Key:
        return {"Idempotency-Key": secrets.token_hex(8)}

    answer = await orientation.post(PUBLICATION, json={"debut": "2024-11", "fin": "2025-02"}, headers=pilote | under())
    assert (answer.status_code, answer.headers["location"]) == (202, LIST)
    assert answer.json() == {"mois": ["2024-11", "2024-12", "2025-01", "2025-02"]}
    usual = await orientation.post(PUBLICATION, json={}, headers=pilote | under())
    assert len(usual.json()["mois"]) == 13
    assert (await orientation.post(PUBLICATION, json={}, headers=pilote)).status_code == 400
    assert (await orientation.post(PUBLICATION, json={}, headers=under())).status_code == 401
    assert (await orientation.post(PUBLICATION, json={}, headers=bearer("lecteur") | under())).status_code == 403
    assert (await orientation.get(LIST, headers=bearer("partenaire"))).status_code == 403


@pytest.mark.parametrize(
    ("debut", "fin", "faults"),
    [
        ("2025-02", "2025-01", [("/fin", "DATES_INVERSEES")]),
        ("2090-01", "2090-02", [("/debut", "HORS_BORNES"), ("/fin", "HORS_BORNES")]),
        ("2001-01", "2025-01", [("/fin", "HORS_BORNES")]),
    ],
)
def test_months_that_cannot_be_sent_are_named(debut: str, fin: str, faults: list[tuple[str, str]]) -> None:
    with pytest.raises(DonneesRefusees) as refused:
        months_asked(debut, fin)
    assert [(each.champ, each.code) for each in refused.value.erreurs] == faults
