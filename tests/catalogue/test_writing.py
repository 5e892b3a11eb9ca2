"""Saying where a fiche or an action is: who may, on which state, with what trace."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
import time_machine
from pydantic import SecretStr

from services.catalogue.app import create_app
from services.catalogue.settings import Settings
from shared.clock import PARIS
from shared.settings import IdentitySettings
from tests.conftest import client_of

Bearer = Callable[[str], dict[str, str]]


async def etag_of(client: httpx2.AsyncClient, path: str) -> str:
    etag: str = (await client.get(path)).headers["etag"]
    return etag


async def change(
    client: httpx2.AsyncClient, path: str, body: Any, headers: dict[str, str], *, if_match: str | None = None
) -> httpx2.Response:
    conditions = {"If-Match": if_match or await etag_of(client, path)}
    return await client.patch(path, json=body, headers={**headers, **conditions})


async def test_a_pilote_says_that_an_action_is_done_and_progress_follows(
    catalogue: httpx2.AsyncClient, bearer: Bearer
) -> None:
    answer = await change(catalogue, "/v1/actions/11.A1", {"statut": "realisee"}, bearer("pilote"))
    assert answer.status_code == 200, answer.text
    assert answer.json()["statut"] == "realisee"
    read = await catalogue.get("/v1/actions/11.A1")
    assert (read.content, read.headers["etag"]) == (answer.content, answer.headers["etag"])
    fiche = (await catalogue.get("/v1/fiches/11")).json()
    assert fiche["avancement"] == {"actions": 6, "realisees": 1, "part": pytest.approx(1 / 6)}
    assert fiche["statut"] == "non-renseigne"
    assert fiche["actions"][0]["titre"].startswith("Homogénéiser les orientations")


async def test_dates_said_replace_the_schedule_and_null_gives_it_back(
    catalogue: httpx2.AsyncClient, bearer: Bearer
) -> None:
    said = {"statut": "en-cours", "fin": "2099-06-30", "note": "Repoussée"}
    fiche = (await change(catalogue, "/v1/fiches/12", said, bearer("pilote"))).json()
    assert (fiche["fin"], fiche["en_retard"], fiche["note"]) == ("2099-06-30", False, "Repoussée")
    fiche = (await change(catalogue, "/v1/fiches/12", {"fin": None}, bearer("admin"))).json()
    assert (fiche["fin"], fiche["en_retard"], fiche["statut"]) == ("2023-12-31", True, "en-cours")


async def test_a_finished_or_abandoned_fiche_is_never_late(catalogue: httpx2.AsyncClient, bearer: Bearer) -> None:
    assert (await catalogue.get("/v1/fiches/13")).json()["fin"] == "2026-12-31"
    with time_machine.travel("2027-06-01T12:00:00+02:00", tick=True):
        assert (await catalogue.get("/v1/fiches/13")).json()["en_retard"]
    for statut in ("realisee", "abandonnee"):
        await change(catalogue, "/v1/fiches/13", {"statut": statut}, bearer("pilote"))
        with time_machine.travel("2027-06-01T12:00:00+02:00", tick=True):
            assert not (await catalogue.get("/v1/fiches/13")).json()["en_retard"]


async def test_the_history_tells_who_changed_what_before_and_after(
    catalogue: httpx2.AsyncClient, bearer: Bearer
) -> None:
    await change(catalogue, "/v1/actions/14.A2", {"statut": "en-cours"}, bearer("pilote"))
    await change(catalogue, "/v1/actions/14.A2", {"statut": "en-pause", "note": "…"}, bearer("admin"))
    path = "/v1/fiches/14/historique"
    told = (await catalogue.get(path, headers=bearer("pilote"))).json()["elements"]
    changes = [(c["nature"], c["auteur"], c["portee"], c["avant"], c["apres"]) for c in told]
    assert changes == [
        ("chargement", "chargement", "fiche", None, {"version": 1}),
        ("suivi", "dev-pilote", "14.A2", {"statut": "non-renseigne"}, {"statut": "en-cours"}),
        (
            "suivi",
            "dev-admin",
            "14.A2",
            {"statut": "en-cours", "note": None},
            {"statut": "en-pause", "note": "…"},
        ),
    ]
    public = (await catalogue.get(path)).json()["elements"]
    assert [c["auteur"] for c in public] == [None, None, None]


async def test_the_past_is_read_as_it_was_known(catalogue: httpx2.AsyncClient, bearer: Bearer) -> None:
    path = "/v1/actions/15.A1"
    first = datetime.now(UTC).replace(microsecond=0) + timedelta(days=5)
    second = first + timedelta(days=5)
    for instant, statut in ((first, "en-cours"), (second, "realisee")):
        with time_machine.travel(instant, tick=False):
            assert (await change(catalogue, path, {"statut": statut}, bearer("pilote"))).status_code == 200
    just_before = timedelta(seconds=1)
    known = [
        (await catalogue.get(path, params={"au": au.astimezone(PARIS).isoformat()})).json()["statut"]
        for au in (first - just_before, first, second - just_before, second)
    ]
    assert known == ["non-renseigne", "en-cours", "en-cours", "realisee"]
    query: dict[str, str | int] = {"fiche": 15, "statut": "realisee", "au": (second - just_before).isoformat()}
    assert (await catalogue.get("/v1/actions", params=query)).json()["total"] == 0


async def test_an_instant_without_offset_is_refused(catalogue: httpx2.AsyncClient) -> None:
    answer = await catalogue.get("/v1/fiches/11?au=2027-01-10T10:00:00")
    assert answer.status_code == 422
    assert answer.json()["erreurs"][0]["code"] == "DECALAGE_REQUIS"


async def test_before_the_plan_was_loaded_nothing_was_known(catalogue: httpx2.AsyncClient) -> None:
    answer = await catalogue.get("/v1/fiches/11?au=2001-01-01T00:00:00Z")
    assert answer.status_code == 404
    assert answer.json()["code"] == "PLAN_ABSENT"


async def test_saying_again_what_is_said_changes_nothing(catalogue: httpx2.AsyncClient, bearer: Bearer) -> None:
    first = await change(catalogue, "/v1/fiches/16", {"statut": "en-cours"}, bearer("pilote"))
    again = await change(catalogue, "/v1/fiches/16", {"statut": "en-cours"}, bearer("pilote"))
    nothing = await change(catalogue, "/v1/fiches/16", {}, bearer("pilote"))
    assert first.headers["etag"] == again.headers["etag"] == nothing.headers["etag"]
    assert (await catalogue.get("/v1/fiches/16/historique")).json()["total"] == 2


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("lecteur", 403), ("partenaire", 403), ("agent", 403)])
async def test_only_who_pilots_may_write(
    catalogue: httpx2.AsyncClient, bearer: Bearer, role: str | None, status: int
) -> None:
    headers = bearer(role) if role else {}
    answer = await change(catalogue, "/v1/fiches/17", {"statut": "en-cours"}, headers)
    assert answer.status_code == status
    assert "WWW-Authenticate" in answer.headers
    assert (await catalogue.get("/v1/fiches/17")).json()["statut"] == "non-renseigne"


async def test_a_broken_body_never_hides_a_401(catalogue: httpx2.AsyncClient) -> None:
    answer = await catalogue.patch("/v1/fiches/17?nimporte=1", content=b"{", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 401


async def test_a_change_names_the_state_it_was_made_on(catalogue: httpx2.AsyncClient, bearer: Bearer) -> None:
    path, body = "/v1/fiches/18", {"statut": "en-cours"}
    without = await catalogue.patch(path, json=body, headers=bearer("pilote"))
    assert (without.status_code, without.json()["code"]) == (428, "PRECONDITION_REQUISE")
    old = await etag_of(catalogue, path)
    assert (await change(catalogue, path, body, bearer("pilote"))).status_code == 200
    stale = await change(catalogue, path, {"statut": "realisee"}, bearer("pilote"), if_match=old)
    assert (stale.status_code, stale.json()["code"]) == (412, "PRECONDITION_ECHOUEE")
    absent = await catalogue.patch("/v1/fiches/39", json=body, headers=bearer("pilote"))
    assert absent.status_code == 404


async def test_two_changes_at_once_on_one_state_let_one_through(catalogue: httpx2.AsyncClient, bearer: Bearer) -> None:
    path = "/v1/actions/19.A1"
    etag = await etag_of(catalogue, path)
    notes = [f"note {number}" for number in range(8)]
    answers = await asyncio.gather(
        *(change(catalogue, path, {"note": note}, bearer("pilote"), if_match=etag) for note in notes)
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
    winner = next(answer for answer in answers if answer.status_code == 200)
    assert (await catalogue.get(path)).json()["note"] == winner.json()["note"]
    assert (await catalogue.get("/v1/fiches/19/historique")).json()["total"] == 2


@pytest.mark.parametrize(
    ("body", "champ", "code"),
    [
        ({"statut": "finie"}, "/statut", "VALEUR_INCONNUE"),
        ({"statut": None}, "/statut", "VALEUR_INCONNUE"),
        ({"titre": "Autre"}, "/titre", "CHAMP_INCONNU"),
        ({"fin": "2025-02-30"}, "/fin", "DATE_INVALIDE"),
        ({"debut": "2025-02-01", "fin": "2025-01-01"}, "", "DATES_INVERSEES"),
        ({"fin": "2021-01-01", "debut": "2023-01-01"}, "", "DATES_INVERSEES"),
        ({"note": "x" * 2001}, "/note", "LONGUEUR_INVALIDE"),
        ({"note": "nul \u0000"}, "/note", "CARACTERE_INTERDIT"),
        ([], "", "TYPE_INVALIDE"),
    ],
)
async def test_bad_values_are_named_and_nothing_is_written(
    catalogue: httpx2.AsyncClient, bearer: Bearer, body: Any, champ: str, code: str
) -> None:
    before = await etag_of(catalogue, "/v1/fiches/20")
    answer = await change(catalogue, "/v1/fiches/20", body, bearer("pilote"))
    assert answer.status_code == 422, answer.text
    assert [(fault["champ"], fault["code"]) for fault in answer.json()["erreurs"]] == [(champ, code)]
    assert await etag_of(catalogue, "/v1/fiches/20") == before


async def test_a_start_after_the_end_already_said_is_refused(catalogue: httpx2.AsyncClient, bearer: Bearer) -> None:
    assert (await change(catalogue, "/v1/fiches/21", {"fin": "2025-01-01"}, bearer("pilote"))).status_code == 200
    answer = await change(catalogue, "/v1/fiches/21", {"debut": "2025-06-01"}, bearer("pilote"))
    assert answer.status_code == 422
    assert answer.json()["erreurs"][0]["code"] == "DATES_INVERSEES"


async def test_a_merge_patch_media_type_is_taken_and_another_is_not(
    catalogue: httpx2.AsyncClient, bearer: Bearer
) -> None:
    path = "/v1/fiches/22"
    for media, status in (("application/merge-patch+json", 200), ("text/plain", 415), ("application/json", 200)):
        headers = {**bearer("pilote"), "If-Match": await etag_of(catalogue, path), "Content-Type": media}
        answer = await catalogue.patch(path, content=b'{"statut": "a-venir"}', headers=headers)
        assert answer.status_code == status


async def test_a_free_text_never_comes_back_in_a_problem(catalogue: httpx2.AsyncClient, bearer: Bearer) -> None:
    answer = await change(catalogue, "/v1/fiches/23", {"note": "Madame Untel " * 200}, bearer("pilote"))
    assert answer.status_code == 422
    assert "Untel" not in answer.text


async def test_a_start_after_the_end_of_the_schedule_asks_for_an_end_too(
    catalogue: httpx2.AsyncClient, bearer: Bearer
) -> None:
    path = "/v1/actions/11.A2"
    refused = await change(catalogue, path, {"debut": "2030-01-01"}, bearer("pilote"))
    assert refused.status_code == 422
    assert refused.json()["erreurs"][0]["champ"] == "/fin"
    assert (await catalogue.get(path)).json()["debut"] == "2022-01-01"
    both = await change(catalogue, path, {"debut": "2030-01-01", "fin": "2030-12-31"}, bearer("pilote"))
    assert both.status_code == 200


async def test_a_wrong_method_is_told_all_those_the_address_takes(catalogue: httpx2.AsyncClient) -> None:
    answer = await catalogue.put("/v1/fiches/11")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, PATCH")


async def test_what_only_some_may_read_is_not_stored(catalogue: httpx2.AsyncClient, bearer: Bearer) -> None:
    path = "/v1/fiches/24/historique"
    assert (await catalogue.get(path)).headers["cache-control"] == "no-cache"
    assert (await catalogue.get(path, headers=bearer("pilote"))).headers["cache-control"] == "no-store"


async def test_a_body_is_read_before_any_connection_is_taken(identity: IdentitySettings, bearer: Bearer) -> None:
    nowhere = SecretStr("postgresql://personne:rien@127.0.0.1:9/nulle")
    async with client_of(create_app(Settings(database_url=nowhere, identity=identity))) as away:
        for path in ("/v1/fiches/11", "/v1/actions/11.A1"):
            broken = await away.patch(
                path, content=b"{", headers={**bearer("pilote"), "Content-Type": "application/json"}
            )
            assert broken.status_code == 400
            good = await away.patch(path, json={}, headers=bearer("pilote"))
            assert (good.status_code, good.headers["retry-after"]) == (503, "5")


async def test_an_action_that_does_not_exist_is_named_as_such(catalogue: httpx2.AsyncClient, bearer: Bearer) -> None:
    for path in ("/v1/actions/11", "/v1/actions/11.A9"):
        answer = await catalogue.patch(path, json={}, headers={**bearer("pilote"), "If-Match": '"x"'})
        assert (answer.status_code, answer.json()["code"]) == (404, "ACTION_INCONNUE")
