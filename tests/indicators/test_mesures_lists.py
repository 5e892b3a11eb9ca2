"""Lists of raw rows: filters, pages, and how little of the table a page reads."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from services.indicators.app import create_app
from services.indicators.queries import mesures as queries
from services.indicators.queries.registre import held_registre
from services.indicators.schemas.mesures import FiltresMesures
from services.indicators.settings import Settings
from shared.database import engine_for
from shared.pagination import Curseur
from shared.query import LATEST
from shared.reader import reading
from shared.reading import number_parameters, page_statement
from shared.settings import IdentitySettings
from tests.conftest import Base, client_of, execute
from tests.indicators.calls import codes_of, push

Key = dict[str, str]
Row = dict[str, Any]
LATER = "2026-06-02T08:00:00+02:00"


def line(grandeur: str, territoire: str, periode: str, valeur: int, **ventilation: str) -> Row:
    return {
        "grandeur": grandeur,
        "territoire": territoire,
        "periode": periode,
        "valeur": valeur,
        "ventilation": ventilation,
    }


LINES = [
    line("1.I3.a", "69M", "2023", 1),
    line("1.I3.a", "69266", "2023-01", 2),
    line("1.I3.a", "69266", "2023-02", 3),
    line("1.I3.a", "69266", "2023-02", 4, sexe="F"),
    line("1.I3.a", "69266", "2023-02", 5, sexe="F", age="25-49"),
    line("1.I3.a", "69152", "2023-02", 6),
    line("1.I3.a", "69149", "2024-02", 7),
    line("1.I3.a", "69383", "2023-02", 8),
    line("30.I1.a", "69266", "2023-01-15", 9),
    line("30.I1.a", "VAL_DE_SAONE", "2023", 10),
    line("10.I3.a", "69M", "2023", 11),
]


@pytest.fixture(scope="module")
async def client(indicators: httpx2.AsyncClient, bearer: Any) -> httpx2.AsyncClient:
    """The service with a few rows of two sources."""
    kept = [each for each in LINES if each["grandeur"] != "10.I3.a"]
    days = [each for each in kept if len(each["periode"]) != 10]
    assert (await push(indicators, bearer("partenaire"), days, source="une")).status_code == 200
    assert (await push(indicators, bearer("partenaire"), days[:2], source="autre")).status_code == 200
    return indicators


async def values(client: httpx2.AsyncClient, key: Key, **asked: Any) -> list[int]:
    answer = await client.get("/v1/mesures", params={"source": "une", "limite": 200, **asked}, headers=key)
    assert answer.status_code == 200, answer.text
    return sorted(each["valeur"] for each in answer.json()["elements"])


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [1, 2, 3, 4, 5, 6, 7, 8, 10]),
        ({"source": "une,autre"}, [1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 10]),
        ({"source": "absente"}, []),
        ({"grandeur": "30.I1.a"}, [10]),
        ({"grandeur": ["30.I1.a", "1.I3.a"], "periode": "2023"}, [1, 10]),
        ({"indicateur": "30.I1"}, [10]),
        ({"indicateur": "30.I1", "grandeur": "1.I3.a"}, []),
        ({"territoire": "69266"}, [2, 3, 4, 5]),
        ({"territoire": "69152"}, [6]),
        ({"territoire": "69149"}, [7]),
        ({"territoire": "69M:communes"}, [2, 3, 4, 5, 6, 7]),
        ({"territoire": "69M:ctm"}, [10]),
        ({"territoire": "69123:arrondissements"}, [8]),
        ({"territoire": "LONES_ET_COTEAUX:enfants"}, [6, 7]),
        ({"periode": "2023-01..2023-12"}, [2, 3, 4, 5, 6, 8]),
        ({"periode": "2023,2024-02"}, [1, 7, 10]),
        ({"ventilation": "total"}, [1, 2, 3, 6, 7, 8, 10]),
        ({"ventilation": "sexe:F"}, [4]),
        ({"ventilation": ["sexe:F|age:25-49", "sexe:F"]}, [4, 5]),
        ({"plan": "pmie-2022-2026", "periode": "2024-02"}, [7]),
    ],
)
async def test_filters_keep_what_they_name(
    client: httpx2.AsyncClient, pilot: Key, asked: dict[str, Any], expected: list[int]
) -> None:
    assert await values(client, pilot, **asked) == expected
    assert await values(client, pilot, **asked, au="2090-01-01T00:00:00Z") == expected
    assert await values(client, pilot, **asked, historique="true") == expected
    assert await values(client, pilot, **asked, modifie_depuis="2020-01-01T00:00:00Z") == expected


async def test_every_fault_of_a_question_is_named(client: httpx2.AsyncClient, pilot: Key) -> None:
    asked = {
        "grandeur": "1.I3.x",
        "indicateur": "99.I1",
        "territoire": ["69999", "69M:quartiers"],
        "periode": ["2023-13", "2023-01..2023", "2024..2023"],
        "ventilation": ["sexe", "sexe:f", "taille:grand"],
        "au": "2090-01-01T00:00:00Z",
        "modifie_depuis": "2090-01-02T00:00:00Z",
    }
    answer = await client.get("/v1/mesures", params=asked, headers=pilot)
    assert answer.status_code == 422
    assert sorted(codes_of(answer)) == [
        ("au", "DATES_INVERSEES"),
        ("grandeur", "GRANDEUR_INCONNUE"),
        ("indicateur", "CODE_INCONNU"),
        ("periode", "DATES_INVERSEES"),
        ("periode", "PERIODE_INVALIDE"),
        ("periode", "PERIODE_INVALIDE"),
        ("territoire", "TERRITOIRE_INCONNU"),
        ("territoire", "VALEUR_INVALIDE"),
        ("ventilation", "MODALITE_INCONNUE"),
        ("ventilation", "VALEUR_INVALIDE"),
        ("ventilation", "VENTILATION_INCONNUE"),
    ]
    for name, value in (("modifie_depuis", "2024-01-01"), ("limite", 201), ("source", "É"), ("tri", "valeur")):
        refused = await client.get("/v1/mesures", params={name: value}, headers=pilot)
        assert (refused.status_code, codes_of(refused)[0][0]) == (422, name)
    assert (await client.get("/v1/mesures", params={"plan": "aucun"}, headers=pilot)).status_code == 422


@pytest.mark.parametrize("asked", [{}, {"historique": "true"}, {"modifie_depuis": "2020-01-01T00:00:00Z"}])
@pytest.mark.parametrize("more", [{}, {"grandeur": ["1.I3.a", "30.I1.a"], "territoire": ["69M:communes", "69M:ctm"]}])
@pytest.mark.parametrize("limite", [1, 3, 200])
async def test_pages_followed_to_the_end_give_the_whole_in_order(
    client: httpx2.AsyncClient, pilot: Key, asked: Row, more: Row, limite: int
) -> None:
    whole = (await client.get("/v1/mesures", params={**asked, **more, "limite": 200}, headers=pilot)).json()["elements"]
    seen: list[Row] = []
    query: Row = {**asked, **more, "limite": limite}
    while True:
        answer = await client.get("/v1/mesures", params=query, headers=pilot)
        page = answer.json()
        assert len(page["elements"]) <= limite
        seen += page["elements"]
        if page["curseur_suivant"] is None:
            break
        query["curseur"] = page["curseur_suivant"]
    assert seen == whole
    assert len(whole) >= (7 if more else 11)


async def test_a_cursor_serves_its_own_question_only(client: httpx2.AsyncClient, pilot: Key) -> None:
    page = await client.get("/v1/mesures", params={"limite": 1}, headers=pilot)
    cursor = page.json()["curseur_suivant"]
    for asked in ({"grandeur": "1.I3.a"}, {"historique": "true"}, {"au": LATER}, {"modifie_depuis": LATER}):
        refused = await client.get("/v1/mesures", params={**asked, "curseur": cursor}, headers=pilot)
        assert codes_of(refused) == [("curseur", "CURSEUR_INVALIDE")]


async def test_a_cursor_made_by_hand_opens_nothing_else(client: httpx2.AsyncClient, pilot: Key) -> None:
    filtres = FiltresMesures.model_validate({"grandeur": ["1.I3.a"]})
    for key in ([1, "", "", "", ""], [9_999_999, "69M", "2023", "", "une"], [-1, "69M", "2023", "", "une"]):
        params: Row = {"grandeur": "1.I3.a", "curseur": Curseur("mesures", filtres).encode(key)}
        refused = await client.get("/v1/mesures", params=params, headers=pilot)
        assert codes_of(refused) == [("curseur", "CURSEUR_INVALIDE")]


async def test_rows_written_between_two_pages_neither_hide_nor_repeat_any(
    client: httpx2.AsyncClient, pilot: Key, partner: Key
) -> None:
    query: Row = {"grandeur": "3.I1.a", "limite": 2}
    given = [line("3.I1.a", "69266", f"2023-{month:02d}", month) for month in (2, 4, 6, 8, 10)]
    assert (await push(client, partner, given)).status_code == 200
    first = (await client.get("/v1/mesures", params=query, headers=pilot)).json()
    added = [line("3.I1.a", "69266", f"2023-{month:02d}", month) for month in (1, 3, 7, 12)]
    await asyncio.gather(*(push(client, partner, [each], source=f"s{each['valeur']}") for each in added))
    seen = first["elements"]
    while first["curseur_suivant"]:
        query["curseur"] = first["curseur_suivant"]
        first = (await client.get("/v1/mesures", params=query, headers=pilot)).json()
        seen += first["elements"]
    assert [each["valeur"] for each in seen] == [2, 4, 6, 7, 8, 10, 12]


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("lecteur", 403), ("agent", 403), ("admin", 200)])
async def test_raw_rows_need_a_right(client: httpx2.AsyncClient, bearer: Any, role: str | None, status: int) -> None:
    headers = bearer(role) if role else {}
    listed = await client.get("/v1/mesures", params={"inconnu": 1} if status != 200 else {}, headers=headers)
    assert (listed.status_code, listed.headers["cache-control"]) == (status, "no-store")
    one = await client.get("/v1/mesures/1.I3.a/69M/2023", params={"source": "une"}, headers=headers)
    assert one.status_code == status
    wrote = await client.put("/v1/mesures/1.I3.a/69M/2023", content=b"{", headers=headers)
    assert wrote.status_code == (status if status == 401 else 403)


ISSUER = "https://identite.exemple.fr"
PAIR = ECKey.generate_key("P-256", {"kid": "cles", "use": "sig", "alg": "ES256"})


def restricted(held: dict[str, list[str]], portee: str = "indicateurs:pousser") -> Key:
    claims = {"iss": ISSUER, "aud": "spie", "sub": "partenaire-restreint", "exp": 4_000_000_000, "scope": portee}
    return {"Authorization": f"Bearer {jwt.encode({'alg': 'ES256', 'kid': 'cles'}, claims | held, PAIR)}"}


@pytest.fixture(scope="module")
async def own_issuer(client: httpx2.AsyncClient, base: Base) -> AsyncIterator[httpx2.AsyncClient]:
    """The service on the same database, believing an issuer whose keys may be restricted."""
    jwks = json.dumps(KeySet([PAIR]).as_dict(private=False))
    settings = Settings(
        database_url=base.url_of("indicators"), identity=IdentitySettings(issuer=ISSUER, audience="spie", jwks=jwks)
    )
    async with client_of(create_app(settings)) as made:
        yield made


RESTRICTED: list[tuple[dict[str, list[str]], Row, list[int]]] = [
    ({}, {}, [1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 10]),
    ({"sources": ["autre"]}, {}, [1, 2]),
    ({"sources": []}, {}, []),
    ({"grandeurs": ["30"]}, {}, [10]),
    ({"grandeurs": []}, {}, []),
    ({"territoires": ["LONES_ET_COTEAUX"]}, {}, [6, 7]),
    ({"territoires": ["69123"]}, {"territoire": "69M:arrondissements"}, [8]),
    ({"territoires": ["69123"], "sources": ["autre"]}, {}, []),
]


@pytest.mark.parametrize("portee", ["indicateurs:pousser", "indicateurs:lire-brut"])
@pytest.mark.parametrize(("held", "asked", "expected"), RESTRICTED)
async def test_a_restricted_key_reads_what_it_covers(
    own_issuer: httpx2.AsyncClient, portee: str, held: dict[str, list[str]], asked: Row, expected: list[int]
) -> None:
    query = {"indicateur": ["1.I3", "30.I1"], "limite": 200, **asked}
    answer = await own_issuer.get("/v1/mesures", params=query, headers=restricted(held, portee))
    assert sorted(each["valeur"] for each in answer.json()["elements"]) == expected


@pytest.mark.parametrize("held", [{"sources": ["autre"]}, {"grandeurs": ["2"]}, {"territoires": ["69123"]}])
async def test_what_a_restricted_key_does_not_cover_is_refused_when_named(
    own_issuer: httpx2.AsyncClient, held: dict[str, list[str]]
) -> None:
    key, query = restricted(held), {"source": "une"}
    named = {"sources": "une", "grandeurs": "1.I3.a", "territoires": "69M"}[next(iter(held))]
    listed = await own_issuer.get("/v1/mesures", params={next(iter(held))[:-1]: named}, headers=key)
    assert listed.status_code == 403, listed.text
    assert (await own_issuer.get("/v1/mesures/1.I3.a/69M/2023", params=query, headers=key)).status_code == 403
    body = {"valeur": 1, "extrait_le": LATER}
    wrote = await own_issuer.put("/v1/mesures/1.I3.a/69M/2023", json=body, params=query, headers=key)
    assert wrote.status_code == 403


FILL = """
INSERT INTO mesure (definition, territoire, periode, ventilation, source, valeur, extrait_le, supprimee, ecriture)
SELECT d, '69' || t, '20' || to_char(p, 'FM00'), '', 's' || s, 1, now(), false, (SELECT min(id) FROM ecriture)
FROM generate_series(1, 20) d, generate_series(100, 199) t, generate_series(10, 29) p, generate_series(1, 2) s
"""
FILTERS: list[Row] = [
    {},
    {"definitions": [7]},
    {"definitions": list(range(1, 20))},
    {"definitions": list(range(1, 20)), "territoires": [str(number) for number in range(69100, 69190)]},
    {"territoires": ["69150", "69160", "69170"]},
    {"sources": ["s1"]},
]
AFTER = (7, "69150", "2015", "", "s1")


def blocks_of(filtres: Row, after: Any, skips: bool) -> int:
    """How many blocks a page may read.

    Before PostgreSQL 18 an index does not skip to the next territory of a list when no definition is named: the first
    page walks through the definition where the list begins (about 500 blocks here, of the 80 000 rows of the table).
    """
    walks = not skips and after is None and "territoires" in filtres and "definitions" not in filtres
    return 600 if walks else 150


@pytest.mark.parametrize("filtres", FILTERS)
@pytest.mark.parametrize("after", [None, AFTER])
async def test_a_page_reads_little_more_of_the_table_than_itself(own_base: Base, filtres: Row, after: Any) -> None:
    url = own_base.url_of("indicators").get_secret_value()
    engine = engine_for(url, schema="indicators")
    async with reading(engine) as lecteur:
        await lecteur.driver.execute("INSERT INTO ecriture (acteur, enregistre_le) VALUES ('essai', now())")
        await lecteur.driver.execute(FILL)
        await execute(own_base.owner_url, "ANALYZE indicators.mesure")
        registre = await held_registre(lecteur)
        releve = queries.Releve(filtres, LATEST)
        statement, names = number_parameters(page_statement(releve.parcours, 51, after is not None))
        named = {f"apres_{place}": value for place, value in enumerate(after or ())}
        bound = {**releve.parametres, **registre.formes, **named, "limite": 50}
        plan = await lecteur.driver.fetchval(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", *(bound[name] for name in names)
        )
        skips = lecteur.driver.get_server_version().major >= 18
    await engine.dispose()
    nodes = [node for node in nodes_of(plan[0]["Plan"]) if node["Actual Loops"]]
    scans = [node for node in nodes if node.get("Relation Name") == "mesure"]
    assert "Seq Scan" not in {node["Node Type"] for node in scans}
    assert sum(node["Actual Rows"] * node["Actual Loops"] for node in scans) <= 130
    assert sum(node["Shared Hit Blocks"] + node["Shared Read Blocks"] for node in scans) < blocks_of(
        filtres, after, skips
    )


def nodes_of(plan: Row) -> list[Row]:
    return [plan, *(node for child in plan.get("Plans", ()) for node in nodes_of(child))]


async def test_definitions_loaded_since_are_known_without_a_restart(own_base: Base, identity: Any, pilot: Key) -> None:
    settings = Settings(database_url=own_base.url_of("indicators"), identity=identity)
    async with client_of(create_app(settings)) as service:
        asked = {"grandeur": "1.I3.z"}
        assert (await service.get("/v1/mesures", params=asked, headers=pilot)).status_code == 422
        connection = await asyncpg.connect(own_base.owner_url)
        await connection.execute("SET search_path TO indicators")
        await connection.execute("""
            INSERT INTO definition (id, plan, grandeur, version) VALUES (9999, 'pmie-2022-2026', '1.I3.z', 1);
            INSERT INTO grandeur_version (plan, version, contenu, connu_du, cle, code, indicateur, fiche, definition)
            SELECT plan, 1, contenu || '{"code": "1.I3.z", "nature": "texte"}', now(), '1.I3.z#1', '1.I3.z', indicateur,
              fiche, 9999 FROM grandeur_version WHERE code = '1.I3.a';
            INSERT INTO ecriture (acteur, enregistre_le) VALUES ('essai', now());
            INSERT INTO mesure (definition, territoire, periode, ventilation, source, texte, extrait_le, supprimee,
              ecriture)
            SELECT 9999, '69M', '2023', '', 'une', 'dit', now(), false, max(id) FROM ecriture;
        """)
        await connection.close()
        (one,) = (await service.get("/v1/mesures", headers=pilot)).json()["elements"]
        assert (one["grandeur"], one["texte"], one["valeur"]) == ("1.I3.z", "dit", None)
        assert (await service.get("/v1/mesures", params=asked, headers=pilot)).json()["elements"] == [one]
        assert (await service.get("/v1/mesures/1.I3.z/69M/2023", headers=pilot)).json() == one
