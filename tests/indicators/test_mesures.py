"""Raw rows: written one by one by the rules of pushes, read as they were given."""

import json
import logging
from typing import Any

import asyncpg
import httpx2
import pytest

from services.indicators.schemas.mesures import MesureOut
from shared.wire import ListeOut
from tests.conftest import Base
from tests.indicators.calls import codes_of, push

Key = dict[str, str]
FLUX, SEXE = "1.I3.a", {"source": "essai", "ventilation": "sexe:F"}
FIRST, SECOND, THIRD = (f"2026-0{month}-01T08:00:00+02:00" for month in (4, 5, 6))


def row(extrait_le: str = SECOND, **values: Any) -> dict[str, Any]:
    return {"extrait_le": extrait_le, **values}


async def put(client: httpx2.AsyncClient, key: Key, place: str, body: Any, **asked: Any) -> httpx2.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {**key, "Content-Type": "application/json"}
    return await client.put(
        f"/v1/mesures/{place}", content=content, params=asked or {"source": "essai"}, headers=headers
    )


async def elements(client: httpx2.AsyncClient, key: Key, **asked: Any) -> list[dict[str, Any]]:
    answer = await client.get("/v1/mesures", params={"limite": 200, **asked}, headers=key)
    assert answer.status_code == 200, answer.text
    page = answer.json()
    ListeOut[MesureOut].model_validate(page)
    assert (page["total"], page["curseur_suivant"]) == (None, None)
    found: list[dict[str, Any]] = page["elements"]
    return found


async def test_a_row_written_alone_is_created_then_changed_and_said_again_without_effect(
    indicators: httpx2.AsyncClient, partner: Key
) -> None:
    place = f"{FLUX}/69266/2025-01"
    made = await put(indicators, partner, place, row(valeur=12, statut="p", commentaire="« provisoire »"), **SEXE)
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    shown = MesureOut.model_validate_json(made.content).model_dump(mode="json")
    assert shown["ventilation"] == {"sexe": "F"}
    assert (shown["valeur"], shown["statut"], shown["commentaire"]) == (12, "p", "« provisoire »")
    assert (shown["definition"], shown["lot"], shown["supprimee"], shown["numerateur"]) == (1, None, False, None)
    again = await put(
        indicators, partner, place, made.json() and row(valeur="12.0", statut="p", commentaire="« provisoire »"), **SEXE
    )
    assert (again.status_code, again.content) == (200, made.content)
    changed = await put(indicators, partner, place, row(THIRD, valeur=13), **SEXE)
    assert (changed.status_code, changed.json()["valeur"], changed.json()["statut"]) == (200, 13, None)
    assert changed.json()["enregistre_le"] > made.json()["enregistre_le"]
    read = await indicators.get(f"/v1/mesures/{place}", params=SEXE, headers=partner)
    assert (read.content, read.headers["etag"]) == (changed.content, changed.headers["etag"])
    same = await indicators.get(
        f"/v1/mesures/{place}", params=SEXE, headers={**partner, "If-None-Match": read.headers["etag"]}
    )
    assert (same.status_code, same.content) == (304, b"")


NATURES: dict[str, tuple[str, dict[str, Any]]] = {
    "flux": (f"{FLUX}/69M/2025", {"valeur": 3}),
    "ratio": ("1.I3.b/69M/2025", {"numerateur": 8, "denominateur": 10}),
    "moyenne": ("9.I3.b/69M/2025", {"somme": 12.5, "effectif": 4}),
    "mediane": ("11.I3.a/69M/2025", {"valeur": 27.5}),
    "indice": ("1.I1.a/69M/2025", {"valeur": 0.125}),
    "qualitatif": ("1.I1.b/69M/2025", {"modalite": "absents"}),
    "texte": ("1.I1.c/69M/2025", {"texte": 'Deux "lignes",\nun antislash \\ et des accents : é€🙂'}),
    "what cannot exist": (f"{FLUX}/69M/2024", {"statut": "m"}),
    "a secret of the producer": (f"{FLUX}/69M/2023", {"confidentialite": "P"}),
}


@pytest.mark.parametrize("nature", NATURES)
async def test_the_members_that_carry_the_value_are_those_of_the_nature(
    indicators: httpx2.AsyncClient, partner: Key, nature: str
) -> None:
    place, given = NATURES[nature]
    made = await put(indicators, partner, place, row(**given))
    assert made.status_code == 201, made.text
    members = ("valeur", "numerateur", "denominateur", "somme", "effectif", "modalite", "texte")
    everything = dict.fromkeys((*members, "statut", "confidentialite")) | given
    assert {name: made.json()[name] for name in everything} == everything
    grandeur, territoire, periode = place.split("/")
    listed = await elements(indicators, partner, grandeur=grandeur, territoire=territoire, periode=periode)
    assert listed == [made.json()]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("0.1", "0.1"),
        ("123456789012.345", "123456789012.345"),
        ("999999999999999", "999999999999999"),
        ("1234567890123456", '"1234567890123456"'),
        ("-0.000000000000001", "-0.000000000000001"),
        ('"12345678901234567890.5"', '"12345678901234567890.5"'),
        ("2.500", "2.5"),
        ("0", "0"),
        ("100", "100"),
    ],
)
async def test_numbers_are_exact_as_numbers_up_to_15_digits_and_as_texts_beyond(
    indicators: httpx2.AsyncClient, partner: Key, given: str, shown: str
) -> None:
    body = b'{"extrait_le": "%s", "valeur": %s}' % (THIRD.encode(), given.encode())
    answer = await put(indicators, partner, "1.I1.a/69M/2022", body)
    assert answer.status_code in (200, 201), answer.text
    assert f'"valeur":{shown},' in answer.text


async def test_an_older_extraction_does_not_replace_another_value(indicators: httpx2.AsyncClient, partner: Key) -> None:
    place = f"{FLUX}/69266/2025-02"
    kept = await put(indicators, partner, place, row(valeur=5))
    stale = await put(indicators, partner, place, row(FIRST, valeur=6))
    assert (stale.status_code, stale.json()["code"]) == (409, "EXTRACTION_ANCIENNE")
    assert (await put(indicators, partner, place, row(FIRST, valeur=5))).content == kept.content
    newer = await put(indicators, partner, place, row(THIRD, valeur=5))
    assert (newer.status_code, newer.json()["enregistre_le"]) == (200, kept.json()["enregistre_le"])
    assert (await put(indicators, partner, place, row(valeur=6))).status_code == 409


async def test_every_fault_of_a_row_is_named_where_it_stands(indicators: httpx2.AsyncClient, partner: Key) -> None:
    body = {"valeur": -1.5, "statut": "z", "couleur": 1, "territoire": "69M", "commentaire": "x" * 2001}
    answer = await put(indicators, partner, f"{FLUX}/6926/2025-13", body, source="essai", ventilation="sexe:f")
    assert answer.status_code == 422
    found = codes_of(answer)
    for expected in (
        ("/couleur", "CHAMP_INCONNU"),
        ("/territoire", "CHAMP_INCONNU"),
        ("/extrait_le", "CHAMP_REQUIS"),
        ("/statut", "VALEUR_INCONNUE"),
        ("/commentaire", "LONGUEUR_INVALIDE"),
        ("periode", "PERIODE_INVALIDE"),
        ("territoire", "TERRITOIRE_INCONNU"),
        ("ventilation", "MODALITE_INCONNUE"),
    ):
        assert expected in found, found
    unknown = await put(indicators, partner, "1.I3.z/69M/2025", row(valeur=1))
    assert (unknown.status_code, codes_of(unknown)) == (422, [("grandeur", "GRANDEUR_INCONNUE")])
    assert unknown.json()["erreurs"][0]["suggestion"].startswith("1.I3.")
    wrong = await put(indicators, partner, f"{FLUX}/69M/2025-03", row(numerateur=1, valeur=1.5))
    assert sorted(codes_of(wrong)) == [("/numerateur", "CHAMP_NON_ADMIS"), ("/valeur", "VALEUR_NON_ENTIERE")]
    others: list[tuple[Any, str]] = [
        ([], "TYPE_INVALIDE"),
        (row(), "CHAMP_REQUIS"),
        (row(valeur=float("1e300")), "HORS_BORNES"),
    ]
    for given, code in others:
        assert code in {each for _, each in codes_of(await put(indicators, partner, f"{FLUX}/69M/2025-03", given))}
    assert codes_of(await put(indicators, partner, f"{FLUX}/69M/2025-03", row(valeur=1), ventilation="sexe:F")) == [
        ("source", "CHAMP_REQUIS")
    ]
    assert await elements(indicators, partner, grandeur=FLUX, periode="2025-03") == []


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [(b"{", "application/json", 400), (b'{"valeur": NaN}', "application/json", 400), (b"{}", "text/csv", 415)],
)
async def test_a_body_that_cannot_be_read_is_refused(
    indicators: httpx2.AsyncClient, partner: Key, content: bytes, media_type: str, status: int
) -> None:
    headers = {**partner, "Content-Type": media_type}
    params = {"source": "essai"}
    answer = await indicators.put(f"/v1/mesures/{FLUX}/69M/2025", content=content, headers=headers, params=params)
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("1.I9.z/69M/2025", "GRANDEUR_INCONNUE"),
        (f"{FLUX}/69999/2025", "TERRITOIRE_INCONNU"),
        (f"{FLUX}/69M/2025-13", "PERIODE_INCONNUE"),
        (f"{FLUX}/69M/1999", "MESURE_INCONNUE"),
    ],
)
async def test_what_does_not_exist_is_a_404_of_its_own(
    indicators: httpx2.AsyncClient, partner: Key, place: str, code: str
) -> None:
    answer = await indicators.get(f"/v1/mesures/{place}", headers=partner)
    assert (answer.status_code, answer.json()["code"]) == (404, code)


async def test_without_a_source_the_only_one_answers_and_several_are_named(
    indicators: httpx2.AsyncClient, partner: Key
) -> None:
    place = f"{FLUX}/69266/2025-04"
    made = await put(indicators, partner, place, row(valeur=1), source="une")
    assert (await indicators.get(f"/v1/mesures/{place}", headers=partner)).content == made.content
    await put(indicators, partner, place, row(valeur=2), source="autre")
    answer = await indicators.get(f"/v1/mesures/{place}", headers=partner)
    assert (answer.status_code, codes_of(answer)) == (422, [("source", "CHAMP_REQUIS")])
    assert answer.json()["erreurs"][0]["attendu"] == ["autre", "une"]
    chosen = await indicators.get(f"/v1/mesures/{place}", params={"source": "une"}, headers=partner)
    assert chosen.content == made.content


async def test_a_row_written_alone_stands_beside_those_of_a_push_and_is_published_with_them(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key, base: Base
) -> None:
    grandeur, communes = "30.I1.a", ("69256", "69275", "69279", "69282")
    rows = [{"grandeur": grandeur, "territoire": code, "periode": "2025-05", "valeur": 10} for code in communes]
    assert (await push(indicators, partner, rows)).status_code == 200
    await put(indicators, partner, f"{grandeur}/69275/2025-05", row("2026-06-20T08:00:00Z", valeur=7))
    listed = await elements(indicators, pilot, grandeur=grandeur, periode="2025-05")
    assert [(each["valeur"], each["lot"] is None) for each in listed] == [
        (10, False),
        (7, True),
        (10, False),
        (10, False),
    ]
    parent = {"grandeur": grandeur, "territoire": "RHONE_AMONT", "periode": "2025-05"}
    cell = (await indicators.get("/v1/valeurs", params=parent, headers=pilot)).json()["elements"][0]
    assert (cell["valeur"], cell["couverture"]["recus"]) == (37, 4)
    connection = await asyncpg.connect(base.url_of("indicators").get_secret_value())
    asked = await connection.fetchval("SELECT count(*) FROM indicators.pgqueuer WHERE entrypoint = 'publication'")
    await connection.close()
    assert asked == 1


async def test_a_read_of_raw_rows_is_logged_once_without_what_was_read(
    indicators: httpx2.AsyncClient, partner: Key, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {**partner, "X-Request-Id": "lecture-0001"}
    with caplog.at_level(logging.INFO, logger="spie"):
        await indicators.get("/v1/mesures", params={"grandeur": FLUX}, headers=headers)
        await indicators.get(f"/v1/mesures/{FLUX}/69M/2025", headers=headers)
    assert [each.getMessage() for each in caplog.records if each.name == "spie"] == [
        "lecture-0001 lecture brute dev-partenaire /v1/mesures",
        f"lecture-0001 lecture brute dev-partenaire /v1/mesures/{FLUX}/69M/2025",
    ]


async def test_an_idempotency_key_is_accepted_and_ignored(indicators: httpx2.AsyncClient, partner: Key) -> None:
    key = {**partner, "Idempotency-Key": "toujours-la-meme"}
    for periode, valeur in (("2025-06", 1), ("2025-07", 2)):
        made = await put(indicators, key, f"{FLUX}/69266/{periode}", row("2026-08-01T00:00:00Z", valeur=valeur))
        assert (made.status_code, made.json()["valeur"]) == (201, valeur), made.text
        assert "idempotent-replayed" not in made.headers
