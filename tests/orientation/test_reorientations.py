"""Demander un autre parcours, l'avis de l'équipe et son mois de silence, décider une fois."""

import secrets
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime
from typing import Any

import httpx2
import pytest
import time_machine

from gateway.cli.identity import DevelopmentIssuer
from services.orientation.episodes.equipe import opinion_deadline
from services.orientation.schemas.reorientations import ReorientationOut
from shared.settings import IdentitySettings
from shared.wire import ListeOut
from tests.conftest import Base
from tests.indicators import keys
from tests.orientation.feeds import fetch
from tests.orientation.histories import Row, store

Key = dict[str, str]
LIST = "/v1/reorientations"
STATUS = {"date": "2026-01-05", "type": "statut", "brsa": True, "soumis_dd": True}
NOTIFIED = {"date": "2026-01-05", "type": "notification_sdd"}
ORIENTED = {"date": "2026-02-02", "type": "orientation", "parcours": "EMPLOI", "etape": "APRES_RIO"}


@pytest.fixture(scope="module")
def identity(issuer: DevelopmentIssuer) -> IdentitySettings:
    """The settings that make the service believe the issuer, and restricted keys."""
    known = issuer.environment
    return keys.believe_also(IdentitySettings(issuer=known["IDENTITY_ISSUER"], jwks=known["IDENTITY_JWKS"]))


@pytest.fixture(scope="module")
def agent() -> Key:
    return keys.make_key("agent-1", "orientation:lire", "orientation:ecrire", exp=4102444800)


@pytest.fixture
async def today() -> AsyncIterator[Any]:
    with time_machine.travel(datetime(2026, 3, 31, 9, tzinfo=UTC), tick=False) as traveller:
        yield traveller


async def a_dossier(base: Base, *events: Row, ctm: str = "LYON") -> str:
    """A recipient oriented towards work, or who lived what is given; who lives in Lyon, unless said."""
    code = f"dos-{secrets.token_hex(6)}"
    await store(base, {code: list(events or (STATUS, NOTIFIED, ORIENTED))}, {code: "69383"}, ctm=ctm)
    return code


async def send(client: httpx2.AsyncClient, key: Key, path: str, body: Any, **own: str) -> httpx2.Response:
    return await client.post(path, json=body, headers={"Idempotency-Key": secrets.token_hex(8), **key, **own})


async def ask(client: httpx2.AsyncClient, key: Key, dossier: str, vers: str = "SOCIAL", **own: str) -> httpx2.Response:
    return await send(client, key, LIST, {"dossier": dossier, "vers": vers, "motif": "SITUATION_CHANGEE"}, **own)


async def decide(client: httpx2.AsyncClient, key: Key, code: str, decision: str) -> httpx2.Response:
    return await send(client, key, f"{LIST}/{code}/decision", {"decision": decision, "motif": "Vu avec elle"})


async def happened(base: Base, dossier: str) -> list[tuple[Any, ...]]:
    query = (
        "SELECT date::text, type, contenu::text FROM evenement WHERE dossier = $1 AND acteur = 'agent-1' ORDER BY rang"
    )
    return await fetch(base, query, dossier)


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_recipient_goes_to_the_social_pathway_once_the_team_has_spoken(
    orientation: httpx2.AsyncClient, base: Base, agent: Key, today: Any
) -> None:
    dossier = await a_dossier(base)
    made = await ask(orientation, agent, dossier)
    assert made.status_code == 201, made.text
    told = ReorientationOut.model_validate_json(made.content)
    assert (told.de, told.vers, told.etat, told.ctm) == ("EMPLOI", "SOCIAL", "DEMANDEE", "LYON")
    assert (told.avis.requis, told.avis.echeance) == (True, "2026-04-30")
    path = made.headers["location"]
    assert (await orientation.get(path, headers=agent)).json() == made.json()
    early = await decide(orientation, agent, told.id, "accepter")
    assert refusal(early) == (409, "AVIS_EP_ATTENDU")
    assert "2026-04-30" in early.json()["detail"]
    opinion = await send(orientation, agent, f"{path}/avis", {"sens": "DEFAVORABLE"})
    assert opinion.json()["avis"] == {
        "requis": True,
        "echeance": "2026-04-30",
        "sens": "DEFAVORABLE",
        "rendu_le": "2026-03-31",
    }
    assert refusal(await send(orientation, agent, f"{path}/avis", {"sens": "FAVORABLE"})) == (409, "AVIS_EP_RENDU")
    done = await decide(orientation, agent, told.id, "accepter")
    assert (done.status_code, done.json()["etat"], done.json()["decidee_le"]) == (200, "ACCEPTEE", "2026-03-31")
    for again in ("accepter", "refuser"):
        assert refusal(await decide(orientation, agent, told.id, again)) == (409, "REORIENTATION_DECIDEE")
    assert refusal(await send(orientation, agent, f"{path}/avis", {"sens": "FAVORABLE"})) == (
        409,
        "REORIENTATION_DECIDEE",
    )
    assert await happened(base, dossier) == [
        ("2026-03-31", "demande_reorientation", "{}"),
        ("2026-03-31", "avis_ep", "{}"),
        ("2026-03-31", "reorientation", '{"vers": "SOCIAL"}'),
    ]


async def test_one_month_of_silence_is_an_opinion_from_the_day_after_its_end(
    orientation: httpx2.AsyncClient, base: Base, agent: Key, today: Any
) -> None:
    code = (await ask(orientation, agent, await a_dossier(base))).json()["id"]
    today.move_to(datetime(2026, 4, 30, 21, tzinfo=UTC))
    assert refusal(await decide(orientation, agent, code, "accepter")) == (409, "AVIS_EP_ATTENDU")
    today.move_to(datetime(2026, 4, 30, 22, tzinfo=UTC))  # the next day in Paris
    done = await decide(orientation, agent, code, "accepter")
    assert (done.json()["etat"], done.json()["decidee_le"]) == ("ACCEPTEE", "2026-05-01")


async def test_a_refusal_changes_no_pathway_and_needs_no_opinion(
    orientation: httpx2.AsyncClient, base: Base, agent: Key, today: Any
) -> None:
    dossier = await a_dossier(base)
    code = (await ask(orientation, agent, dossier)).json()["id"]
    assert (await decide(orientation, agent, code, "refuser")).json()["etat"] == "REFUSEE"
    assert [kind for _, kind, _ in await happened(base, dossier)] == ["demande_reorientation"]
    assert (await ask(orientation, agent, dossier)).status_code == 201


@pytest.mark.parametrize(
    ("vers", "events"),
    [
        ("TNS", (STATUS, NOTIFIED, ORIENTED)),
        ("SOCIAL", ({**STATUS, "brsa": False}, NOTIFIED, ORIENTED)),
        ("SOCIO_PRO", (NOTIFIED, ORIENTED)),
    ],
)
async def test_the_team_is_not_asked_for_who_is_not_a_recipient_nor_for_other_pathways(
    orientation: httpx2.AsyncClient, base: Base, agent: Key, today: Any, vers: str, events: tuple[Row, ...]
) -> None:
    made = await ask(orientation, agent, await a_dossier(base, *events), vers)
    assert made.json()["avis"]["requis"] is False
    assert (await decide(orientation, agent, made.json()["id"], "accepter")).json()["etat"] == "ACCEPTEE"


def test_the_month_of_silence_ends_with_the_month_when_it_is_shorter() -> None:
    assert opinion_deadline(date(2024, 1, 31), "SOCIAL", brsa=True) == date(2024, 2, 29)
    assert opinion_deadline(date(2023, 1, 31), "SOCIO_PRO", brsa=True) == date(2023, 2, 28)
    assert opinion_deadline(date(2008, 1, 31), "SOCIAL", brsa=True) is None


@pytest.mark.parametrize(
    "events",
    [
        (STATUS, NOTIFIED),
        (STATUS,),
        (STATUS, NOTIFIED, {**ORIENTED, "parcours": "SOCIAL"}),
        (STATUS, NOTIFIED, ORIENTED, {"date": "2026-03-02", "type": "sortie", "motif": "MUTATION"}),
    ],
)
async def test_who_has_no_other_pathway_to_leave_cannot_be_reoriented(
    orientation: httpx2.AsyncClient, base: Base, agent: Key, today: Any, events: tuple[Row, ...]
) -> None:
    dossier = await a_dossier(base, *events)
    assert refusal(await ask(orientation, agent, dossier)) == (409, "REORIENTATION_IMPOSSIBLE")
    assert await happened(base, dossier) == []


async def test_a_pathway_that_changed_meanwhile_is_not_decided_again(
    orientation: httpx2.AsyncClient, base: Base, agent: Key, today: Any
) -> None:
    dossier = await a_dossier(base)
    code = (await ask(orientation, agent, dossier, "TNS")).json()["id"]
    await store(base, {dossier: [{"date": "2026-03-31", "type": "reorientation", "vers": "TNS"}]})
    assert refusal(await decide(orientation, agent, code, "accepter")) == (409, "REORIENTATION_IMPOSSIBLE")
    assert (await decide(orientation, agent, code, "refuser")).status_code == 200


async def test_a_request_sent_twice_is_made_once_and_a_second_one_waits(
    orientation: httpx2.AsyncClient, base: Base, agent: Key, today: Any
) -> None:
    dossier = await a_dossier(base)
    same = {"Idempotency-Key": secrets.token_hex(8)}
    first, again = [await ask(orientation, agent, dossier, **same) for _ in range(2)]
    assert (first.content, again.headers["idempotent-replayed"]) == (again.content, "true")
    assert refusal(await ask(orientation, agent, dossier, "TNS")) == (409, "REORIENTATION_EN_COURS")


async def test_requests_are_listed_by_state_and_territory_to_who_may_see_them(
    orientation: httpx2.AsyncClient, base: Base, agent: Key, today: Any
) -> None:
    mine = (await ask(orientation, agent, await a_dossier(base, ctm="VAL_DE_SAONE"))).json()["id"]
    other = (await ask(orientation, agent, await a_dossier(base, ctm="VILLEURBANNE"))).json()["id"]
    await decide(orientation, agent, other, "refuser")
    restricted = keys.make_key(
        "val", "orientation:lire", "orientation:ecrire", territoires=["VAL_DE_SAONE"], exp=4102444800
    )

    async def listed(key: Key, **asked: str) -> list[str]:
        answer = await orientation.get(LIST, params=asked, headers=key)
        assert answer.status_code == 200, answer.text
        return [each.id for each in ListeOut[ReorientationOut].model_validate_json(answer.content).elements]

    assert await listed(restricted) == [mine]
    assert await listed(agent, ctm="VILLEURBANNE") == [other]
    assert await listed(agent, ctm="VILLEURBANNE", etat="DEMANDEE,ACCEPTEE") == []
    assert mine in await listed(agent, etat="DEMANDEE", limite="200")
    assert refusal(await orientation.get(f"{LIST}/{other}", headers=restricted)) == (404, "REORIENTATION_INCONNUE")
    assert refusal(await decide(orientation, restricted, other, "refuser")) == (404, "REORIENTATION_INCONNUE")


async def test_a_dossier_that_cannot_be_seen_does_not_exist(
    orientation: httpx2.AsyncClient, base: Base, agent: Key, today: Any
) -> None:
    dossier = await a_dossier(base, ctm="VILLEURBANNE")
    restricted = keys.make_key("val", "orientation:ecrire", territoires=["VAL_DE_SAONE"], exp=4102444800)
    assert refusal(await ask(orientation, restricted, dossier)) == (404, "DOSSIER_INCONNU")
    assert refusal(await ask(orientation, agent, "dos-nulle-part")) == (404, "DOSSIER_INCONNU")


async def test_every_fault_of_a_request_is_named(orientation: httpx2.AsyncClient, agent: Key, today: Any) -> None:
    answer = await send(orientation, agent, LIST, {"dossier": 7, "vers": "A_DETERMINER", "motif": "?", "note": "x"})
    assert answer.status_code == 422
    assert {(each["champ"], each["code"]) for each in answer.json()["erreurs"]} == {
        ("/dossier", "TYPE_INVALIDE"),
        ("/vers", "VALEUR_INCONNUE"),
        ("/motif", "VALEUR_INCONNUE"),
        ("/note", "CHAMP_INCONNU"),
    }
    bare = await orientation.post(LIST, json={}, headers=agent)
    assert refusal(bare) == (400, "CLE_REQUISE")


async def test_only_advisers_ask_and_decide(orientation: httpx2.AsyncClient, bearer: Callable[[str], Key]) -> None:
    body = {"dossier": "dos-1", "vers": "TNS", "motif": "SOUHAIT"}
    assert (await send(orientation, {}, LIST, body)).status_code == 401
    for role in ("lecteur", "partenaire", "pilote"):
        assert (await send(orientation, bearer(role), LIST, body)).status_code == 403
        assert (await orientation.get(LIST, headers=bearer(role))).status_code == 403
