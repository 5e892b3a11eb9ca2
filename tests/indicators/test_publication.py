"""What callers without a right read: published once, hidden where it would tell on someone, and kept as it was."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
import time_machine
from sqlalchemy.ext.asyncio import AsyncEngine

from services.indicators import jobs
from services.indicators.models import SCHEMA
from services.indicators.settings import Settings
from shared.database import engine_of
from shared.settings import IdentitySettings
from shared.worker import worker_of
from tests.conftest import Base
from tests.indicators.calls import codes_of, post, put
from tests.indicators.readings import PUBLIC, Cell, give, read, read_one

Key = dict[str, str]
RHONE_AMONT = ("69256", "69275", "69279", "69282")
JANUARY = {"territoire": "RHONE_AMONT:communes,RHONE_AMONT", "periode": "2025-01"}
HIDDEN = (None, "C", "SECRET")
LATER = {"extrait_le": "2025-06-01T00:00:00Z"}


@pytest.fixture
async def engine(base: Base) -> AsyncIterator[AsyncEngine]:
    made = engine_of(Settings(database_url=base.url_of("indicators")), SCHEMA)
    yield made
    await made.dispose()


async def give_and_publish(
    client: httpx2.AsyncClient, engine: AsyncEngine, partner: Key, grandeur: str, rows: dict[str, Any], **said: Any
) -> None:
    await give(client, partner, grandeur, rows, **said)
    await jobs.publish(engine, {})


def told(cells: list[Cell]) -> list[tuple[Any, ...]]:
    return [(cell["valeur"], cell["confidentialite"], cell["motif"]) for cell in cells]


def values(cells: list[Cell]) -> list[Any]:
    return [cell["valeur"] for cell in cells]


async def freeze(client: httpx2.AsyncClient, key: Key, nom: str, **more: Any) -> httpx2.Response:
    return await post(client, "/v1/millesimes", {"nom": nom, "libelle": "Un essai", **more}, key)


async def test_a_push_is_read_once_it_is_published(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key
) -> None:
    await give(indicators, partner, "10.I1.a", {f"{code} 2025-01": 2 for code in RHONE_AMONT})
    assert {motif for _, _, motif in told(await read(indicators, PUBLIC, "10.I1.a", **JANUARY))} == {
        "PUBLICATION_EN_ATTENTE"
    }
    await jobs.publish(engine, {})
    answer = await indicators.get("/v1/valeurs", params={"grandeur": "10.I1.a", **JANUARY})
    assert values(answer.json()["elements"]) == [2, 2, 2, 2, 8]
    assert answer.json()["publie_le"] is not None
    assert (await read_one(indicators, PUBLIC, "10.I1.a", periode="2025"))["motif"] == "COUVERTURE"
    assert (await read_one(indicators, PUBLIC, "10.I1.a", periode="2024"))["motif"] == "AUCUNE_DONNEE"


async def test_the_worker_publishes_what_was_pushed(
    indicators: httpx2.AsyncClient, base: Base, partner: Key, identity: IdentitySettings
) -> None:
    settings = Settings(database_url=base.url_of("indicators"), identity=identity)
    worker = worker_of(jobs.TRAVAUX, settings, SCHEMA)
    await give(indicators, partner, "10.I1.b", {"69266 2025-01": 3})
    async with worker.running():
        for _ in range(200):
            cell = await read_one(indicators, PUBLIC, "10.I1.b", territoire="69266", periode="2025-01")
            if cell["valeur"] is not None:
                break
            await asyncio.sleep(0.05)
    assert cell["valeur"] == 3


async def test_few_persons_are_hidden_and_nothing_gives_them_back(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key, pilot: Key
) -> None:
    counts = dict(zip(RHONE_AMONT, (3, 7, 20, 0), strict=True))
    await give_and_publish(indicators, engine, partner, "11.I4.a", {f"{code} 2025-01": n for code, n in counts.items()})
    cells = await read(indicators, PUBLIC, "11.I4.a", **JANUARY)
    assert told(cells) == [HIDDEN, HIDDEN, (20, None, None), (0, None, None), (30, None, None)]
    assert all(cells[0][name] is None for name in ("numerateur", "denominateur", "bornes", "statut", "composants"))
    assert values(await read(indicators, pilot, "11.I4.a", **JANUARY)) == [3, 7, 20, 0, 30]


async def test_our_own_service_and_tax_data_are_hidden_below_eleven(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key, pilot: Key
) -> None:
    rows = {f"{code} 2025-01": n for code, n in zip(RHONE_AMONT, (8, 30, 14, 40), strict=True)}
    await give_and_publish(indicators, engine, partner, "11.I3.e", rows, source="orientation")
    cells = await read(indicators, PUBLIC, "11.I3.e", **JANUARY)
    assert told(cells)[0] == HIDDEN
    assert values(cells) == [None, 30, None, 40, 92]
    assert (await indicators.get("/v1/sources/orientation")).json()["seuil_secret"] == 11
    await give_and_publish(indicators, engine, partner, "31.I2.a", rows, source="dgfip")
    assert values(await read(indicators, PUBLIC, "31.I2.a", **JANUARY)) == [8, 30, 14, 40, 92]
    await put(indicators, "/v1/sources/dgfip", {"seuil_secret": 11}, pilot)
    await jobs.publish(engine, {})
    waiting = await read(indicators, PUBLIC, "31.I2.a", **JANUARY)
    assert told(waiting)[0] == (None, None, "PUBLICATION_EN_ATTENTE")
    assert values(waiting) == [None, 30, None, 40, 92]


async def test_what_counts_no_person_is_not_hidden(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key
) -> None:
    rows = {f"{code} 2025-01": 1 for code in RHONE_AMONT}
    await give_and_publish(indicators, engine, partner, "10.I1.c", rows, source="orientation")
    assert values(await read(indicators, PUBLIC, "10.I1.c", **JANUARY)) == [1, 1, 1, 1, 4]


async def test_hidden_stays_hidden_and_what_was_shown_is_hidden_by_a_person_only(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key, pilot: Key
) -> None:
    rows = {f"{code} 2025-01": n for code, n in zip(RHONE_AMONT, (3, 7, 20, 30), strict=True)}
    await give_and_publish(indicators, engine, partner, "23.I4.a", rows)
    assert values(await read(indicators, PUBLIC, "23.I4.a", **JANUARY)) == [None, None, 20, 30, 60]
    await give_and_publish(
        indicators, engine, partner, "23.I4.a", {"69256 2025-01": 50}, extrait_le="2025-02-01T00:00:00Z"
    )
    cells = await read(indicators, PUBLIC, "23.I4.a", **JANUARY)
    assert told(cells)[:2] == [HIDDEN, HIDDEN]
    assert values(cells) == [None, None, 20, 30, 107]
    await give_and_publish(
        indicators, engine, partner, "23.I4.a", {"69282 2025-01": 2}, extrait_le="2025-03-01T00:00:00Z"
    )
    cells = await read(indicators, PUBLIC, "23.I4.a", **JANUARY)
    held = (None, None, "PUBLICATION_EN_ATTENTE")
    assert told(cells) == [HIDDEN, HIDDEN, (20, None, None), held, held]
    assert (await freeze(indicators, partner, "essai-refuse")).status_code == 403
    answer = await freeze(indicators, pilot, "accord")
    assert (answer.status_code, answer.json()["nom"]) == (201, "accord")
    cells = await read(indicators, PUBLIC, "23.I4.a", **JANUARY)
    assert told(cells)[3] == HIDDEN
    assert values(cells) == [None, None, 20, None, 79]
    await give_and_publish(
        indicators, engine, partner, "23.I4.a", {"69279 2025-01": 21}, extrait_le="2025-04-01T00:00:00Z"
    )
    assert values(await read(indicators, PUBLIC, "23.I4.a", **JANUARY)) == [None, None, 21, None, 80]


async def test_a_revision_taken_back_no_longer_waits(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key
) -> None:
    rows = {f"{code} 2025-01": 20 for code in RHONE_AMONT}
    await give_and_publish(indicators, engine, partner, "23.I4.b", rows)
    await give_and_publish(
        indicators, engine, partner, "23.I4.b", {"69256 2025-01": 1}, extrait_le="2025-02-01T00:00:00Z"
    )
    assert values(await read(indicators, PUBLIC, "23.I4.b", **JANUARY)) == [None, None, 20, 20, None]
    await give_and_publish(
        indicators, engine, partner, "23.I4.b", {"69256 2025-01": 22}, extrait_le="2025-03-01T00:00:00Z"
    )
    assert values(await read(indicators, PUBLIC, "23.I4.b", **JANUARY)) == [22, 20, 20, 20, 82]


async def test_a_frozen_publication_is_the_same_for_ever(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key, pilot: Key
) -> None:
    rows = {f"{code} 2025-01": n for code, n in zip(RHONE_AMONT, (1, 9, 20, 30), strict=True)}
    await give_and_publish(indicators, engine, partner, "23.I3.a", rows)
    before = datetime.now(UTC).isoformat()
    frozen = (await freeze(indicators, pilot, "bilan-2025")).json()
    asked = {"grandeur": "23.I3.a,10.I7.a", **JANUARY, "millesime": "bilan-2025"}
    first = await indicators.get("/v1/valeurs", params=asked)
    assert values(first.json()["elements"])[:5] == [None, None, 20, 30, 60]
    await give_and_publish(indicators, engine, partner, "23.I3.a", {"69282 2025-01": 35}, **LATER)
    gone = {"strategie": "suppression", "motif": "essai", "extrait_le": "2025-07-01T00:00:00Z"}
    await give_and_publish(indicators, engine, partner, "23.I3.a", {"69279 2025-01": None}, **gone)
    assert values(await read(indicators, PUBLIC, "23.I3.a", **JANUARY)) == [None, None, None, 35, None]
    for key in (PUBLIC, pilot):
        again = await indicators.get("/v1/valeurs", params=asked, headers=key)
        assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    as_of = await read(indicators, PUBLIC, "23.I3.a", **JANUARY, au=frozen["au"])
    assert as_of == first.json()["elements"][:5]
    (named,) = [m for m in (await indicators.get("/v1/millesimes")).json()["elements"] if m["nom"] == "bilan-2025"]
    assert named == frozen
    assert (await freeze(indicators, pilot, "bilan-2025")).json()["code"] == "MILLESIME_EXISTANT"
    assert (await freeze(indicators, pilot, "avant", au=before)).status_code == 201
    assert codes_of(await freeze(indicators, pilot, "apres", au="2099-01-01T00:00:00Z")) == [("/au", "HORS_BORNES")]
    assert (await indicators.get("/v1/valeurs", params={**asked, "au": before})).status_code == 422


async def test_readers_without_a_right_see_what_was_shown_then_and_what_changed(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key
) -> None:
    await give_and_publish(indicators, engine, partner, "10.I2.a", {"69256 2025-01": 1, "69275 2025-01": 5})
    first = datetime.now(UTC).isoformat()
    await give_and_publish(indicators, engine, partner, "10.I2.a", {"69256 2025-01": 2}, **LATER)
    second = datetime.now(UTC).isoformat()
    gone = {"strategie": "suppression", "motif": "essai", "extrait_le": "2025-07-01T00:00:00Z"}
    await give_and_publish(indicators, engine, partner, "10.I2.a", {"69256 2025-01": None}, **gone)
    asked = {"territoire": "69256,69275", "periode": "2025-01"}
    assert values(await read(indicators, PUBLIC, "10.I2.a", **asked, au=first)) == [1, 5]
    assert values(await read(indicators, PUBLIC, "10.I2.a", **asked, au=second)) == [2, 5]
    assert values(await read(indicators, PUBLIC, "10.I2.a", **asked)) == [None, 5]
    changed = await read_one(indicators, PUBLIC, "10.I2.a", **asked, modifie_depuis=second)
    assert (changed["territoire"], changed["valeur"], changed["motif"]) == ("69256", None, "AUCUNE_DONNEE")
    assert changed["revise_le"] > second
    changed = await read_one(indicators, PUBLIC, "10.I2.a", **asked, modifie_depuis=first, au=second)
    assert changed["valeur"] == 2
    history = await read(indicators, PUBLIC, "10.I2.a", **asked, historique="true")
    assert [(cell["territoire"], cell["valeur"]) for cell in history] == [
        ("69256", 1),
        ("69256", 2),
        ("69256", None),
        ("69275", 5),
    ]


async def test_what_its_producer_keeps_is_hidden_and_not_to_be_deduced(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key
) -> None:
    await give(indicators, partner, "30.I1.b", {f"{code} 2025-01": 40 for code in RHONE_AMONT[1:]})
    await give_and_publish(indicators, engine, partner, "30.I1.b", {"69256 2025-01": 50}, confidentialite="N")
    cells = await read(indicators, PUBLIC, "30.I1.b", **JANUARY)
    assert told(cells)[0] == (None, "N", "SECRET")
    assert values(cells).count(None) == 2
    assert values(cells)[-1] == 170
    await give_and_publish(indicators, engine, partner, "30.I1.c", {"69256 2025-01": None}, confidentialite="P")
    assert told(await read(indicators, PUBLIC, "30.I1.c", **JANUARY))[0] == (None, "P", "SECRET")


async def test_a_median_of_persons_needs_its_headcount(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key
) -> None:
    rows = {"69256 2025-01": 12.5, "69275 2025-01": {"valeur": 13, "effectif": 4}}
    rows |= {"69279 2025-01": {"valeur": 14, "effectif": 5}}
    await give_and_publish(indicators, engine, partner, "11.I3.a", rows)
    cells = await read(indicators, PUBLIC, "11.I3.a", **JANUARY)
    assert told(cells)[:3] == [HIDDEN, HIDDEN, (14, None, None)]


async def test_a_share_is_hidden_with_its_numerator_its_denominator_or_what_is_left(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key
) -> None:
    shares = {"69199": (2, 50), "69259": (48, 50), "69273": (25, 50), "69276": (0, 50), "69296": (50, 50)}
    await give_and_publish(indicators, engine, partner, "1.I3.b", {f"{k} 2025-01": v for k, v in shares.items()})
    cells = await read(indicators, PUBLIC, "1.I3.b", territoire="PORTES_DU_SUD:communes", periode="2025-01")
    assert told(cells)[:2] == [HIDDEN, HIDDEN]
    assert values(cells)[2:] == [50, 0, 100]
    rows = {"69266 2025-01 qpv:oui": (0, 50), "69266 2025-01 qpv:non": (25, 50), "69266 2024-01 qpv:oui": (9, 50)}
    await give_and_publish(indicators, engine, partner, "31.I2.c", rows)
    asked = {"territoire": "69266", "filtrer": "qpv:oui"}
    assert (await read_one(indicators, PUBLIC, "31.I2.c", **asked, periode="2025-01"))["motif"] == "SECRET"
    assert (await read_one(indicators, PUBLIC, "31.I2.c", **asked, periode="2024-01"))["valeur"] == 18


async def test_too_little_coverage_shows_neither_sum_to_the_public(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key, pilot: Key
) -> None:
    await give_and_publish(indicators, engine, partner, "1.I3.d", {"69256 2025-01": (20, 40)})
    asked = {"territoire": "RHONE_AMONT", "periode": "2025-01"}
    raw = await read_one(indicators, pilot, "1.I3.d", **asked)
    assert (raw["numerateur"], raw["denominateur"], raw["motif"]) == (20, 40, "COUVERTURE")
    cell = await read_one(indicators, PUBLIC, "1.I3.d", **asked)
    assert (cell["numerateur"], cell["denominateur"], cell["motif"]) == (None, None, "COUVERTURE")
    assert cell["couverture"] == raw["couverture"]


async def test_bounds_are_never_shown_where_a_threshold_holds(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key
) -> None:
    rows = {f"{code} 2025-01": 30 for code in RHONE_AMONT}
    await give(indicators, partner, "11.I1.a", rows)
    await give_and_publish(indicators, engine, partner, "30.I8.a", rows)
    secret = await read_one(indicators, PUBLIC, "11.I1.a", territoire="RHONE_AMONT", periode="2025-01")
    assert (secret["bornes"], secret["motif"]) == (None, "NON_AGREGEABLE")
    free = await read_one(indicators, PUBLIC, "30.I8.a", territoire="RHONE_AMONT", periode="2025-01")
    assert (free["bornes"], free["motif"]) == ([30, 120], "NON_AGREGEABLE")


async def test_different_persons_are_protected_from_the_total_of_all(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key
) -> None:
    """At most as many as in all the parts: a total near their sum would say how many the hidden part has."""
    rows = {f"{code} 2025-01": n for code, n in zip(RHONE_AMONT, (4, 20, 25, 30), strict=True)}
    await give_and_publish(indicators, engine, partner, "11.I1.b", {**rows, "RHONE_AMONT 2025-01": 78})
    cells = await read(indicators, PUBLIC, "11.I1.b", **JANUARY)
    assert values(cells) == [None, None, 25, 30, 78]


async def test_several_sources_are_published_once_one_is_chosen(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key, pilot: Key
) -> None:
    months = {"69266 2025-06": 1, "69266 2025-07": 2}
    await give_and_publish(indicators, engine, partner, "10.I3.a", months, source="un")
    asked = {"territoire": "69266", "periode": "2025-06,2025-07"}
    assert values(await read(indicators, PUBLIC, "10.I3.a", **asked)) == [1, 2]
    await give_and_publish(
        indicators, engine, partner, "10.I3.a", {k: 10 * n for k, n in months.items()}, source="deux"
    )
    cells = await read(indicators, PUBLIC, "10.I3.a", **asked)
    assert {(cell["valeur"], cell["motif"]) for cell in cells} == {(None, "SOURCE_A_CHOISIR")}
    for source, jours in (("un", {"valide_au": "2025-06-30"}), ("deux", {"valide_du": "2025-07-01"})):
        reference = {"references": [{"indicateur": "10.I3", **jours}]}
        assert (await put(indicators, f"/v1/sources/{source}", reference, pilot)).status_code == 200
    await jobs.publish(engine, {})
    assert values(await read(indicators, PUBLIC, "10.I3.a", **asked)) == [1, 20]
    assert values(await read(indicators, pilot, "10.I3.a", **asked)) == [1, 20]


async def test_a_mean_of_dates_and_modalities_put_together_are_published_too(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key, pilot: Key
) -> None:
    rows = {f"69266 2025-0{month} sexe:{sexe}": 10 * month + n for month in (1, 2, 3) for n, sexe in enumerate("FH")}
    await give_and_publish(indicators, engine, partner, "30.I6.a", {**rows, "69256 2025-01 sexe:F": 2})
    both = {"filtrer": "sexe:F,sexe:H"}
    questions: list[dict[str, str]] = [
        {"territoire": "69266", "periode": "2025-Q1", "stock": "moyenne"},
        {"territoire": "69266", "periode": "2025-Q1"},
        {"territoire": "69266", "periode": "2025-01", **both},
        {"territoire": "69266", "periode": "2025-Q1", "stock": "moyenne", **both},
    ]
    for asked, expected in zip(questions, (41, 61, 21, 41), strict=True):
        raw = await read_one(indicators, pilot, "30.I6.a", **asked)
        assert raw["valeur"] == expected
        assert {**await read_one(indicators, PUBLIC, "30.I6.a", **asked), "revise_le": None} == {
            **raw,
            "revise_le": None,
        }
    cell = await read_one(indicators, PUBLIC, "30.I6.a", territoire="69256", periode="2025-01", **both)
    assert (cell["valeur"], cell["motif"]) == (None, "AUCUNE_DONNEE")
    await give_and_publish(indicators, engine, partner, "30.I6.a", {"69256 2025-01 sexe:H": 30})
    cell = await read_one(indicators, PUBLIC, "30.I6.a", territoire="69256", periode="2025-01", **both)
    assert (cell["valeur"], cell["confidentialite"], cell["motif"]) == HIDDEN


async def test_merged_communes_are_published_as_they_were_and_as_they_are(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key
) -> None:
    await give_and_publish(indicators, engine, partner, "10.I4.a", {"69149 2023-12": 30, "69152 2023-12": 12})
    assert (await read_one(indicators, PUBLIC, "10.I4.a", territoire="69149", periode="2023-12"))["valeur"] == 42
    then = await read(indicators, PUBLIC, "10.I4.a", territoire="69149,69152", periode="2023-12", geographie="epoque")
    assert [(cell["territoire"], cell["valeur"]) for cell in then] == [("69149", 30), ("69152", 12)]
    await give_and_publish(indicators, engine, partner, "23.I4.c", {"69149 2023-12": 30, "69152 2023-12": 2})
    then = await read(indicators, PUBLIC, "23.I4.c", territoire="69149,69152", periode="2023-12", geographie="epoque")
    assert told(then) == [HIDDEN, HIDDEN]


async def test_a_frozen_publication_is_listed_with_the_instants_it_was_answered_with(
    indicators: httpx2.AsyncClient, pilot: Key
) -> None:
    later = datetime.now(UTC).replace(microsecond=120_000) + timedelta(minutes=1)
    with time_machine.travel(later, tick=False):
        frozen = (await freeze(indicators, pilot, "a-deux-decimales")).json()
        listed = (await indicators.get("/v1/millesimes")).json()["elements"]
    assert frozen["cree_le"].endswith(".12+00:00")
    assert frozen in listed
