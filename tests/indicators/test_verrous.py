"""Locks: closing periods, what pushes may no longer change, opening them again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
import time_machine

from services.indicators.schemas.verrous import VerrouOut
from shared.wire import ListeOut
from tests.indicators.calls import codes_of, post, push

Bearer = Callable[[str], dict[str, str]]
CLOSE = {"codes": ["30.I5", "12"], "debut": "2023-01-01", "fin": "2023-12-31", "motif": "Comptes arrêtés"}
ROW = {"grandeur": "30.I5.a", "territoire": "69M", "periode": "2023", "valeur": 4}


async def close(client: httpx2.AsyncClient, headers: dict[str, str], **changes: object) -> str:
    answer = await post(client, "/v1/verrous", CLOSE | changes, headers)
    assert answer.status_code == 201, answer.text
    identifier: str = answer.json()["id"]
    return identifier


async def test_a_closed_period_refuses_pushes_until_it_is_opened_again(
    indicators: httpx2.AsyncClient, bearer: Bearer
) -> None:
    assert (await push(indicators, bearer("partenaire"), [ROW])).status_code == 200
    made = await post(indicators, "/v1/verrous", CLOSE, bearer("pilote"))
    assert made.status_code == 201, made.text
    path = made.headers["location"]
    read = await indicators.get(path)
    assert (read.content, read.headers["etag"]) == (made.content, made.headers["etag"])
    verrou = VerrouOut.model_validate_json(read.content)
    assert verrou.model_dump(mode="json", include=set(CLOSE)) == CLOSE
    assert verrou.leve_le is None
    for periode in ("2023", "2023-06", "2023-Q4"):
        refused = await push(indicators, bearer("partenaire"), [ROW | {"periode": periode, "valeur": 5}])
        assert (refused.status_code, refused.json()["rejets"][0]["code"]) == (422, "PERIODE_VERROUILLEE")
    outside = [ROW | {"periode": "2024"}, ROW | {"grandeur": "30.I3.a"}]
    assert (await push(indicators, bearer("partenaire"), outside)).status_code == 200
    lifted = await indicators.delete(path, headers=bearer("pilote"))
    assert lifted.status_code == 200
    assert VerrouOut.model_validate_json(lifted.content).leve_le is not None
    assert (await indicators.get(path)).content == lifted.content
    assert (await push(indicators, bearer("partenaire"), [ROW | {"valeur": 6}])).status_code == 200


async def test_a_lock_is_lifted_once(indicators: httpx2.AsyncClient, bearer: Bearer) -> None:
    path = f"/v1/verrous/{await close(indicators, bearer('pilote'))}"
    first = await indicators.delete(path, headers=bearer("pilote"))
    again = await indicators.delete(path, headers=bearer("admin"))
    assert (again.status_code, again.content) == (200, first.content)


async def test_a_lock_without_code_closes_the_whole_plan(indicators: httpx2.AsyncClient, bearer: Bearer) -> None:
    verrou = await close(indicators, bearer("pilote"), codes=[], debut="2022-01-01", fin="2022-01-31")
    rows = [{"grandeur": "4.I1.a", "territoire": "69M", "periode": "2022", "valeur": 1}]
    assert (await push(indicators, bearer("partenaire"), rows)).status_code == 422
    await indicators.delete(f"/v1/verrous/{verrou}", headers=bearer("pilote"))


async def test_a_lock_sent_twice_is_made_once(indicators: httpx2.AsyncClient, bearer: Bearer) -> None:
    body = CLOSE | {"motif": "Deux envois", "debut": "2023-11-01"}
    first = await post(indicators, "/v1/verrous", body, bearer("pilote"), key="deux-envois")
    again = await post(indicators, "/v1/verrous", body, bearer("pilote"), key="deux-envois")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotent-replayed"] == "true"
    other = await post(indicators, "/v1/verrous", body | {"motif": "Autre"}, bearer("pilote"), key="deux-envois")
    assert (other.status_code, other.json()["code"]) == (422, "CLE_REUTILISEE")
    without = await indicators.post("/v1/verrous", json=body, headers=bearer("pilote"))
    assert (without.status_code, without.json()["code"]) == (400, "CLE_REQUISE")
    listed = (await indicators.get("/v1/verrous?limite=200")).json()["elements"]
    assert [each["motif"] for each in listed].count("Deux envois") == 1


async def test_every_fault_of_a_lock_is_named(indicators: httpx2.AsyncClient, bearer: Bearer) -> None:
    before = (await indicators.get("/v1/verrous")).json()["total"]
    wrong = {"codes": ["30", ""], "debut": "2023-02-30", "motif": "", "par": "moi"}
    answer = await post(indicators, "/v1/verrous", wrong, bearer("pilote"))
    assert answer.status_code == 422
    assert sorted(codes_of(answer)) == [
        ("/codes/1", "LONGUEUR_INVALIDE"),
        ("/debut", "DATE_INVALIDE"),
        ("/fin", "CHAMP_REQUIS"),
        ("/motif", "LONGUEUR_INVALIDE"),
        ("/par", "CHAMP_INCONNU"),
    ]
    unknown = await post(indicators, "/v1/verrous", CLOSE | {"codes": ["99", "30", "30.I99"]}, bearer("pilote"))
    assert (unknown.status_code, codes_of(unknown)) == (
        422,
        [("/codes/0", "CODE_INCONNU"), ("/codes/2", "CODE_INCONNU")],
    )
    reversed_dates = await post(indicators, "/v1/verrous", CLOSE | {"fin": "2022-12-31"}, bearer("pilote"))
    assert (reversed_dates.status_code, codes_of(reversed_dates)) == (422, [("", "DATES_INVERSEES")])
    assert (await indicators.get("/v1/verrous")).json()["total"] == before


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("lecteur", 403), ("partenaire", 403), ("agent", 403)])
async def test_only_who_validates_closes_and_opens(
    indicators: httpx2.AsyncClient, bearer: Bearer, role: str | None, status: int
) -> None:
    headers = bearer(role) if role else {}
    assert (await indicators.post("/v1/verrous", content=b"{", headers=headers)).status_code == status
    assert (await indicators.delete("/v1/verrous/rien", headers=headers)).status_code == status


async def test_a_lock_that_does_not_exist_is_not_found(indicators: httpx2.AsyncClient, bearer: Bearer) -> None:
    for answer in (
        await indicators.get("/v1/verrous/rien"),
        await indicators.delete("/v1/verrous/rien", headers=bearer("pilote")),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "VERROU_INCONNU")


async def test_locks_come_by_first_day_by_pages_and_as_they_were_known(
    indicators: httpx2.AsyncClient, bearer: Bearer
) -> None:
    for verrou in (await indicators.get("/v1/verrous?leve=false&limite=200")).json()["elements"]:
        await indicators.delete(f"/v1/verrous/{verrou['id']}", headers=bearer("pilote"))
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    with time_machine.travel(start, tick=False):
        for debut in ("2023-05-01", "2023-01-01", "2023-03-01"):
            last = await close(indicators, bearer("pilote"), debut=debut)
    with time_machine.travel(start + timedelta(days=1), tick=False):
        await indicators.delete(f"/v1/verrous/{last}", headers=bearer("pilote"))
    seen: list[str] = []
    query = {"limite": "1", "leve": "false"}
    while True:
        page = ListeOut[VerrouOut].model_validate_json((await indicators.get("/v1/verrous", params=query)).content)
        seen += [verrou.debut.isoformat() for verrou in page.elements]
        assert page.total == 2
        if page.curseur_suivant is None:
            break
        query["curseur"] = page.curseur_suivant
    assert seen == ["2023-01-01", "2023-05-01"]
    for au, in_force in ((start - timedelta(seconds=1), 0), (start, 3), (start + timedelta(days=1), 2)):
        params = {"au": au.isoformat(), "leve": "false"}
        assert (await indicators.get("/v1/verrous", params=params)).json()["total"] == in_force
    then = (await indicators.get(f"/v1/verrous/{last}", params={"au": start.isoformat()})).json()
    assert then["leve_le"] is None
    assert (await indicators.get("/v1/verrous?leve=peut-etre")).status_code == 422
