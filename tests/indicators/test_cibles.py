"""Targets: the plan's own, and those set since; what was aimed at before stays readable."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
import time_machine

from services.indicators.schemas.cibles import CibleOut
from shared.wire import ListeOut
from tests.indicators.calls import NEW, codes_of, put

Bearer = Callable[[str], dict[str, str]]
PLAN_TARGET = "/v1/cibles/30.I3.a/69M/2023"


async def test_the_plan_s_own_targets_are_served_with_their_page(indicators: httpx2.AsyncClient) -> None:
    answer = await indicators.get(PLAN_TARGET)
    cible = CibleOut.model_validate_json(answer.content)
    assert (cible.valeur, cible.origine, cible.page, cible.fiche, cible.indicateur) == (80, "plan", 77, 30, "30.I3")
    again = await indicators.get(PLAN_TARGET, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_a_target_is_set_for_a_period_to_come_then_revised(
    indicators: httpx2.AsyncClient, bearer: Bearer
) -> None:
    path = "/v1/cibles/30.I5.a/69266/2030"
    made = await put(indicators, path, {"valeur": 12, "valeur_max": "20.50", "commentaire": "Visé"}, bearer("pilote"))
    assert made.status_code == 201, made.text
    shown = made.json()
    assert (shown["valeur"], shown["valeur_max"], shown["commentaire"]) == (12, 20.5, "Visé")
    assert (shown["origine"], shown["page"]) == ("saisie", None)
    read = await indicators.get(path)
    assert (read.content, read.headers["etag"]) == (made.content, made.headers["etag"])
    revised = await put(indicators, path, {"valeur": 15}, bearer("admin"))
    assert (revised.status_code, revised.json()["valeur"], revised.json()["valeur_max"]) == (200, 15, None)


async def test_saying_again_what_is_aimed_at_changes_nothing(indicators: httpx2.AsyncClient, bearer: Bearer) -> None:
    before = await indicators.get("/v1/cibles/30.I5.d/69M/2023")
    said = {"valeur": "30.0", "commentaire": before.json()["commentaire"]}
    again = await put(indicators, "/v1/cibles/30.I5.d/69M/2023", said, bearer("pilote"))
    assert again.headers["etag"] == before.headers["etag"]
    assert again.json()["origine"] == "plan"


async def test_what_was_aimed_at_before_is_read_as_it_was_known(indicators: httpx2.AsyncClient, bearer: Bearer) -> None:
    path = "/v1/cibles/30.I7.b/69M/2023"
    known = (await indicators.get(path)).json()["valeur"]
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=5)
    with time_machine.travel(later, tick=False):
        assert (await put(indicators, path, {"valeur": 150}, bearer("pilote"))).status_code == 200
    instants = {"before": later - timedelta(seconds=1), "after": later}
    for query in (path, "/v1/cibles"):
        seen = {}
        for name, au in instants.items():
            params = {"au": au.isoformat()} | ({} if query == path else {"grandeur": "30.I7.b"})
            found = (await indicators.get(query, params=params)).json()
            seen[name] = found["valeur"] if query == path else found["elements"][0]["valeur"]
        assert seen == {"before": known, "after": 150}


async def test_more_digits_than_json_carries_come_and_go_as_text(
    indicators: httpx2.AsyncClient, bearer: Bearer
) -> None:
    path = "/v1/cibles/30.I5.a/69M/2031"
    exact = "12345678901234567.25"
    assert (await put(indicators, path, {"valeur": exact}, bearer("pilote"))).json()["valeur"] == exact
    lost = await put(indicators, path, {"valeur": 12345678901234567.25}, bearer("pilote"))
    assert (lost.status_code, codes_of(lost)) == (422, [("/valeur", "NOMBRE_INVALIDE")])
    assert (await put(indicators, path, {"valeur": 0.1}, bearer("pilote"))).json()["valeur"] == 0.1


@pytest.mark.parametrize(
    ("path", "body", "faults"),
    [
        ("30.I5.a/69M/2030", {}, [("/valeur", "CHAMP_REQUIS")]),
        ("30.I5.a/69M/2030", {"valeur": "12,5"}, [("/valeur", "NOMBRE_INVALIDE")]),
        ("30.I5.a/69M/2030", {"valeur": True}, [("/valeur", "NOMBRE_INVALIDE")]),
        ("30.I5.a/69M/2030", {"valeur": "Infinity"}, [("/valeur", "NOMBRE_INVALIDE")]),
        ("30.I5.a/69M/2030", {"valeur": "1" * 31}, [("/valeur", "NOMBRE_INVALIDE")]),
        ("30.I5.a/69M/2030", {"valeur": 2, "valeur_max": 1}, [("", "HORS_BORNES")]),
        ("30.I5.a/69M/2030", {"valeur": -1}, [("/valeur", "VALEUR_NEGATIVE")]),
        (
            "30.I5.a/69M/2030",
            {"valeur": 1, "origine": "plan", "commentaire": ""},
            [("/commentaire", "LONGUEUR_INVALIDE"), ("/origine", "CHAMP_INCONNU")],
        ),
        ("30.I5.a/69M/2030-13", {"valeur": 1}, [("periode", "PERIODE_INVALIDE")]),
        ("30.I5.a/69M/2030-06-01", {"valeur": 1}, [("periode", "PERIODE_NON_ADMISE")]),
        ("30.I5.a/69152/2030", {"valeur": 1}, [("territoire", "TERRITOIRE_FERME")]),
        (
            "30.I5.a/69152/2030-06-01",
            {"valeur": -1},
            [("periode", "PERIODE_NON_ADMISE"), ("territoire", "TERRITOIRE_FERME"), ("/valeur", "VALEUR_NEGATIVE")],
        ),
    ],
)
async def test_every_fault_of_a_target_is_named(
    indicators: httpx2.AsyncClient, bearer: Bearer, path: str, body: Any, faults: list[tuple[str, str]]
) -> None:
    answer = await put(indicators, f"/v1/cibles/{path}", body, bearer("pilote"), NEW)
    assert (answer.status_code, sorted(codes_of(answer))) == (422, sorted(faults))
    assert (await indicators.get(f"/v1/cibles/{path}")).status_code == 404


async def test_a_quantity_without_number_has_no_target(indicators: httpx2.AsyncClient, bearer: Bearer) -> None:
    texts = (await indicators.get("/v1/indicateurs?nature=texte,qualitatif&limite=1")).json()["elements"]
    detail = (await indicators.get(f"/v1/indicateurs/{texts[0]['code']}")).json()
    grandeur = next(each for each in detail["grandeurs"] if each["nature"] in ("texte", "qualitatif"))
    answer = await put(indicators, f"/v1/cibles/{grandeur['code']}/69M/2030", {"valeur": 1}, bearer("pilote"), NEW)
    assert (answer.status_code, codes_of(answer)) == (422, [("/valeur", "CHAMP_NON_ADMIS")])


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("99.I1.a/69M/2030", "GRANDEUR_INCONNUE"),
        ("30.I5.a/00000/2030", "TERRITOIRE_INCONNU"),
    ],
)
async def test_a_target_of_nothing_is_not_found(
    indicators: httpx2.AsyncClient, bearer: Bearer, path: str, code: str
) -> None:
    answer = await put(indicators, f"/v1/cibles/{path}", {"valeur": 1}, bearer("pilote"), NEW)
    assert (answer.status_code, answer.json()["code"]) == (404, code)
    assert (await indicators.get(f"/v1/cibles/{path}")).json()["code"] == "CIBLE_INCONNUE"


async def test_a_change_names_the_target_it_replaces(indicators: httpx2.AsyncClient, bearer: Bearer) -> None:
    pilote, path, body = bearer("pilote"), "/v1/cibles/30.I5.a/69266/2031", {"valeur": 1}
    assert (await put(indicators, path, body, pilote, {})).status_code == 428
    assert (await put(indicators, path, body, pilote, {"If-Match": '"rien"'})).status_code == 412
    assert (await put(indicators, path, body, pilote, NEW)).status_code == 201
    assert (await put(indicators, path, body, pilote, NEW)).status_code == 412
    assert (await put(indicators, path, body, pilote, {"If-Match": '"perime"'})).status_code == 412
    refused = await put(indicators, path, {"valeur": "x"}, pilote, {})
    assert refused.status_code == 422


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("lecteur", 403), ("partenaire", 403), ("agent", 403)])
async def test_only_who_validates_sets_a_target(
    indicators: httpx2.AsyncClient, bearer: Bearer, role: str | None, status: int
) -> None:
    path = "/v1/cibles/30.I5.a/69266/2032"
    answer = await indicators.put(path, content=b"{", headers=bearer(role) if role else {})
    assert answer.status_code == status
    assert (await indicators.get(path)).status_code == 404


async def test_targets_are_filtered_and_come_by_pages_in_code_order(
    indicators: httpx2.AsyncClient, bearer: Bearer
) -> None:
    for path in ("4.I1.a/69M/2026", "10.I1.a/69M/2026", "4.I1.a/69M/2025", "4.I1.a/69266/2026-Q1"):
        assert (await put(indicators, f"/v1/cibles/{path}", {"valeur": 1}, bearer("pilote"))).status_code == 201
    seen: list[tuple[str, str, str]] = []
    query = {"limite": "3", "fiche": "4,10"}
    while True:
        answer = await indicators.get("/v1/cibles", params=query)
        page = ListeOut[CibleOut].model_validate_json(answer.content)
        seen += [(cible.grandeur, cible.territoire, cible.periode) for cible in page.elements]
        assert page.total == 4
        if page.curseur_suivant is None:
            break
        query["curseur"] = page.curseur_suivant
    assert seen == [
        ("4.I1.a", "69266", "2026-Q1"),
        ("4.I1.a", "69M", "2025"),
        ("4.I1.a", "69M", "2026"),
        ("10.I1.a", "69M", "2026"),
    ]
    for filters in ("grandeur=4.I1.a&periode=2026", "indicateur=4.I1&territoire=69M&periode=2026,2027"):
        found = (await indicators.get(f"/v1/cibles?{filters}")).json()["elements"]
        assert [(each["grandeur"], each["territoire"]) for each in found] == [("4.I1.a", "69M")]


async def test_a_wrong_question_about_targets_names_every_fault(indicators: httpx2.AsyncClient) -> None:
    query = "grandeur=99.I1.a&indicateur=99.I1&fiche=99&territoire=XX&periode=2025-13"
    answer = await indicators.get(f"/v1/cibles?{query}")
    assert answer.status_code == 422
    assert codes_of(answer) == [
        ("grandeur", "CODE_INCONNU"),
        ("indicateur", "CODE_INCONNU"),
        ("fiche", "CODE_INCONNU"),
        ("territoire", "CODE_INCONNU"),
        ("periode", "PERIODE_INVALIDE"),
    ]
    assert (await indicators.get("/v1/cibles?au=2025-01-01T00:00:00")).status_code == 422
