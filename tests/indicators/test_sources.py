"""Sources: what they are, which one is published for an indicator and when, who may say so."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from migrations.run import owner_engine
from services.indicators.app import create_app
from services.indicators.schemas.sources import SourceMesuresOut
from services.indicators.settings import Settings
from shared.wire import ListeOut
from tests.conftest import Base, client_of
from tests.indicators.calls import NEW, codes_of, push, put

Bearer = Callable[[str], dict[str, str]]


def reference(indicateur: str, valide_du: str | None = None, valide_au: str | None = None) -> dict[str, Any]:
    return {"indicateur": indicateur, "valide_du": valide_du, "valide_au": valide_au}


async def scalar(base: Base, query: str) -> Any:
    engine = owner_engine(base.owner_url)
    try:
        async with engine.connect() as connection:
            return (await connection.execute(text(query))).scalar()
    finally:
        await engine.dispose()


async def test_a_source_is_created_read_by_anyone_and_replaced(indicators: httpx2.AsyncClient, bearer: Bearer) -> None:
    path = "/v1/sources/si-insertion"
    said = {
        "libelle": "Logiciel d'insertion",
        "organisme": "die",
        "seuil_secret": 5,
        "references": [reference("10.I2", "2025-01-01"), reference("2.I1")],
    }
    made = await put(indicators, path, said, bearer("pilote"))
    assert made.status_code == 201, made.text
    read = await indicators.get(path)
    assert (read.content, read.headers["etag"]) == (made.content, made.headers["etag"])
    shown = SourceMesuresOut.model_validate_json(read.content).model_dump(mode="json")
    assert shown == said | {"code": "si-insertion", "references": [reference("2.I1"), reference("10.I2", "2025-01-01")]}
    changed = await put(indicators, path, read.json() | {"libelle": None, "references": []}, bearer("admin"))
    assert (changed.status_code, changed.json()["libelle"], changed.json()["references"]) == (200, None, [])


async def test_our_own_source_hides_under_11_unless_a_higher_threshold_is_said(
    indicators: httpx2.AsyncClient, bearer: Bearer
) -> None:
    path = "/v1/sources/orientation"
    assert (await put(indicators, path, {}, bearer("pilote"))).json()["seuil_secret"] == 11
    assert (await put(indicators, path, {"seuil_secret": 20}, bearer("pilote"))).json()["seuil_secret"] == 20
    assert (await put(indicators, "/v1/sources/autre", {}, bearer("pilote"))).json()["seuil_secret"] is None


async def test_two_sources_are_never_the_reference_on_the_same_day(
    indicators: httpx2.AsyncClient, bearer: Bearer
) -> None:
    pilote = bearer("pilote")
    first = {"references": [reference("12.I1", "2024-01-01", "2024-12-31"), reference("12.I2", None, "2024-06-30")]}
    assert (await put(indicators, "/v1/sources/premiere", first, pilote)).status_code == 201
    path = "/v1/sources/seconde"
    for clash in (reference("12.I1", "2024-12-31"), reference("12.I1"), reference("12.I2", None, "2020-01-01")):
        refused = await put(indicators, path, {"references": [reference("4.I1"), clash]}, pilote, NEW)
        assert (refused.status_code, refused.json()["code"]) == (409, "REFERENCE_CONTRAIRE")
        assert [fault["champ"] for fault in refused.json()["erreurs"]] == ["/references/1"]
        assert "premiere" in refused.json()["erreurs"][0]["message"]
        assert (await indicators.get(path)).status_code == 404
    after = {"references": [reference("12.I1", "2025-01-01"), reference("12.I2", "2024-07-01")]}
    assert (await put(indicators, path, after, pilote)).status_code == 201
    again = await put(indicators, "/v1/sources/premiere", first, pilote)
    assert again.status_code == 200


async def test_every_fault_of_a_source_is_named(indicators: httpx2.AsyncClient, bearer: Bearer) -> None:
    pilote, path = bearer("pilote"), "/v1/sources/fautive"
    reversed_dates = {"references": [reference("12.I1", "2025-01-01", "2024-01-01")], "seuil_secret": 1}
    answer = await put(indicators, path, reversed_dates | {"nom": "x"}, pilote, NEW)
    assert answer.status_code == 422
    assert sorted(codes_of(answer)) == [
        ("/nom", "CHAMP_INCONNU"),
        ("/references/0", "DATES_INVERSEES"),
        ("/seuil_secret", "HORS_BORNES"),
    ]
    twice = {"code": "autre", "references": [reference("12.I1"), reference("12.I1", "2025-01-01"), reference("99.I1")]}
    answer = await put(indicators, path, twice, pilote, NEW)
    assert (answer.status_code, codes_of(answer)) == (
        422,
        [
            ("/code", "VALEUR_INVALIDE"),
            ("/references/1", "REFERENCE_REPETEE"),
            ("/references/2/indicateur", "CODE_INCONNU"),
        ],
    )
    assert (await indicators.put("/v1/sources/Majuscule", json={}, headers=pilote | NEW)).status_code == 422
    assert (await indicators.get("/v1/sources/fautive")).json()["code"] == "SOURCE_INCONNUE"


async def test_a_change_names_the_state_it_replaces(indicators: httpx2.AsyncClient, bearer: Bearer) -> None:
    pilote, path = bearer("pilote"), "/v1/sources/gardee"
    assert (await put(indicators, path, {}, pilote, {})).status_code == 428
    assert (await put(indicators, path, {}, pilote, {"If-Match": '"absente"'})).status_code == 412
    assert (await put(indicators, path, {}, pilote, NEW)).status_code == 201
    assert (await put(indicators, path, {}, pilote, NEW)).status_code == 412
    assert (await put(indicators, path, {}, pilote, {})).status_code == 428
    assert (await put(indicators, path, {}, pilote, {"If-Match": '"perimee"'})).status_code == 412
    assert (await put(indicators, path, {"seuil_secret": 0}, pilote, {})).status_code == 422


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("lecteur", 403), ("partenaire", 403), ("agent", 403)])
async def test_only_who_validates_says_which_source_is_published(
    indicators: httpx2.AsyncClient, bearer: Bearer, role: str | None, status: int
) -> None:
    headers = bearer(role) if role else {}
    answer = await indicators.put("/v1/sources/interdite", content=b"{", headers=headers)
    assert answer.status_code == status
    assert (await indicators.get("/v1/sources/interdite")).status_code == 404


async def test_sources_are_listed_by_pages_and_by_indicator(own_base: Base, bearer: Bearer, identity: Any) -> None:
    app = create_app(Settings(database_url=own_base.url_of("indicators"), identity=identity))
    async with client_of(app) as client:
        assert (await client.get("/v1/sources")).json() == {"elements": [], "curseur_suivant": None, "total": 0}
        for code in ("c", "a-2", "b", "a1"):
            references = [reference("3.I1")] if code == "b" else []
            await put(client, f"/v1/sources/{code}", {"references": references}, bearer("pilote"))
        seen: list[str] = []
        query = {"limite": "3"}
        while True:
            page = ListeOut[SourceMesuresOut].model_validate_json(
                (await client.get("/v1/sources", params=query)).content
            )
            seen += [source.code for source in page.elements]
            assert page.total == 4
            if page.curseur_suivant is None:
                break
            query["curseur"] = page.curseur_suivant
        assert seen == ["a-2", "a1", "b", "c"]
        only = (await client.get("/v1/sources?indicateur=3.I1")).json()
        assert [source["code"] for source in only["elements"]] == ["b"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("indicateur=99.I9", "CODE_INCONNU"),
        ("nom=b", "PARAMETRE_INCONNU"),
        ("curseur=x", "CURSEUR_INVALIDE"),
        ("plan=autre", "CODE_INCONNU"),
    ],
)
async def test_a_wrong_question_about_sources_is_refused(indicators: httpx2.AsyncClient, query: str, code: str) -> None:
    answer = await indicators.get(f"/v1/sources?{query}")
    assert (answer.status_code, answer.json()["erreurs"][0]["code"]) == (422, code)


async def test_what_a_changed_source_was_published_for_is_published_again(
    indicators: httpx2.AsyncClient, bearer: Bearer, base: Base
) -> None:
    rows = [{"grandeur": "12.I1.a", "territoire": "69M", "periode": "2024", "valeur": 40}]
    assert (await push(indicators, bearer("partenaire"), rows, source="terrain")).status_code == 200
    asked = "SELECT sum(demandes) FROM indicators.unite_publication"
    before = await scalar(base, asked)
    path = "/v1/sources/terrain"
    assert (await put(indicators, path, {"seuil_secret": 5}, bearer("pilote"))).status_code == 200
    assert await scalar(base, asked) > before
    middle = await scalar(base, asked)
    assert (await put(indicators, path, {"seuil_secret": 5}, bearer("pilote"))).status_code == 200
    assert await scalar(base, asked) == middle
