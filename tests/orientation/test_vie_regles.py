"""The life of a rule set: published once its conditions are met, by a second person, for ever, and known everywhere."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

import asyncpg
import httpx2
import pytest

from services.orientation.load import read_cas, read_faits, read_jeux
from services.orientation.rule_files import JeuFile
from services.orientation.rules import Jeu
from services.orientation.rules.facts import check_faits, define
from services.orientation.schemas.regles import JeuOut
from services.orientation.service.propositions import Regles
from services.orientation.service.publication_regles import iter_period_faults
from shared import clock
from shared.settings import IdentitySettings
from shared.territoires import read_arbre
from tests.conftest import Base
from tests.orientation.drafts import (
    FIRST,
    PATH,
    Key,
    codes,
    draft,
    edit,
    eve,
    in_days,
    post,
    prepare,
    publish,
    service_on,
    with_value,
)
from tests.orientation.feeds import fetch
from tests.orientation.histories import store

SENIOR = {"date_naissance": "1965-06-01", "commune_residence_insee": "69266", "brsa": True}


@pytest.fixture(scope="module")
def pilot(bearer: Callable[[str], Key]) -> Key:
    return bearer("pilote")


@pytest.fixture(scope="module")
def admin(bearer: Callable[[str], Key]) -> Key:
    return bearer("admin")


@pytest.fixture
async def service(own_base: Base, identity: IdentitySettings) -> AsyncIterator[httpx2.AsyncClient]:
    """The service on a database of this test alone: what is published stays."""
    async with service_on(own_base, identity) as client:
        yield client


async def ready(client: httpx2.AsyncClient, key: Key, version: str, **given: Any) -> dict[str, Any]:
    """A draft that only lacks an approval."""
    made = await draft(client, key, version=version, **given)
    await prepare(client, key, version)
    return made


async def test_a_draft_is_published_by_a_second_person_and_by_then_is_public(
    service: httpx2.AsyncClient, own_base: Base, pilot: Key, admin: Key
) -> None:
    made = await ready(service, pilot, "rio-suite.1", valide_du=in_days(1))
    answer = await publish(service, admin, "rio-suite.1", {"empreinte": made["empreinte"]})
    assert answer.status_code == 200, answer.text
    told = JeuOut.model_validate_json(answer.content)
    assert told.vie is not None
    assert (told.statut, told.vie.publie_par, told.empreinte) == ("publie", "dev-admin", made["empreinte"])
    public = await service.get(f"{PATH}/rio-suite.1")
    shown = JeuOut.model_validate_json(public.content)
    assert (shown.statut, shown.vie, shown.empreinte) == ("publie", None, made["empreinte"])
    assert shown.publie_le == told.publie_le
    assert (await service.get(f"{PATH}/rio-suite.1", headers=pilot)).content == answer.content
    ((kept, empreinte),) = await fetch(own_base, "SELECT contenu, empreinte FROM jeu_regles")
    assert sha256(kept.encode()).hexdigest() == empreinte == made["empreinte"]


async def test_the_former_set_ends_on_the_eve_and_stays_what_it_was(
    service: httpx2.AsyncClient, pilot: Key, admin: Key
) -> None:
    before = (await service.get(f"{PATH}/{FIRST}")).json()
    await ready(service, pilot, "rio-suite.1", valide_du=in_days(10))
    assert (await publish(service, admin, "rio-suite.1")).status_code == 200
    listed = (await service.get(PATH)).json()["elements"]
    assert [(each["version"], each["valide_du"], each["valide_au"]) for each in listed] == [
        (FIRST, None, in_days(9)),
        ("rio-suite.1", in_days(10), None),
    ]
    after = (await service.get(f"{PATH}/{FIRST}")).json()
    assert after == {**before, "valide_au": in_days(9)}, "its hash is that of its content, which did not change"
    for day, version in ((in_days(9), FIRST), (in_days(10), "rio-suite.1"), ("1999-01-01", FIRST)):
        (found,) = (await service.get(f"{PATH}?date={day}")).json()["elements"]
        assert found["version"] == version


async def test_proposals_follow_the_set_of_their_day_and_a_past_decision_is_played_again(
    service: httpx2.AsyncClient, pilot: Key, admin: Key, bearer: Callable[[str], Key]
) -> None:
    async def propose(day: str) -> dict[str, Any]:
        body = {"faits": {**SENIOR, "date_reference": day}}
        answer = await service.post("/v1/propositions", json=body, headers=bearer("agent"))
        found: dict[str, Any] = answer.json()
        return found

    today = await propose(in_days(0))
    assert "SENIOR" in today["signalements"]
    made = await draft(service, pilot, version="rio-suite.1", valide_du=in_days(1))
    await edit(service, pilot, with_value(made, "age_senior", 70))
    await prepare(service, pilot, "rio-suite.1")
    assert (await publish(service, admin, "rio-suite.1")).status_code == 200
    tomorrow = await propose(in_days(1))
    assert (tomorrow["regles_version"], "SENIOR" in tomorrow["signalements"]) == ("rio-suite.1", False)
    assert await propose(in_days(0)) == today, "same rules, same fingerprint"


async def test_everything_that_a_publication_lacks_is_named(
    service: httpx2.AsyncClient, pilot: Key, admin: Key
) -> None:
    await draft(service, pilot, version="rio-nu.1", valide_du=in_days(-1))
    bare = await publish(service, pilot, "rio-nu.1", {"empreinte": "0" * 64})
    assert (bare.status_code, bare.json()["code"]) == (409, "PUBLICATION_REFUSEE")
    assert codes(bare) == [
        ("/empreinte", "EMPREINTE_DIFFERENTE"),
        ("/vie/rapport", "CAS_NON_JOUES"),
        ("/vie/simulation", "SIMULATION_ABSENTE"),
        ("/valide_du", "DEBUT_PASSE"),
        ("/vie/auteurs", "MEME_PERSONNE"),
    ]
    english = await post(service, f"{PATH}/rio-nu.1/publication", {**pilot, "Accept-Language": "en"})
    assert english.json()["title"] == "This rule set cannot be published yet"
    assert "Who wrote this rule set cannot approve it" in english.text
    assert (await service.get(f"{PATH}/rio-nu.1")).status_code == 404


async def test_what_was_shown_of_a_former_content_counts_for_nothing(
    service: httpx2.AsyncClient, pilot: Key, admin: Key
) -> None:
    made = await ready(service, pilot, "rio-change.1")
    changed = await edit(service, pilot, with_value(made, "age_jeunes_max", 21))
    refused = await publish(service, admin, "rio-change.1")
    assert codes(refused) == [
        ("/vie/rapport", "CAS_NON_JOUES"),
        ("/vie/rapport", "CAS_NON_VERTS"),
        ("/vie/simulation", "SIMULATION_ABSENTE"),
    ]
    await prepare(service, pilot, "rio-change.1")
    red = await publish(service, admin, "rio-change.1")
    assert codes(red) == [("/vie/rapport", "CAS_NON_VERTS")]
    gaps = (await post(service, f"{PATH}/rio-change.1/cas", pilot)).json()["ecarts"]
    assert gaps
    product = {cas.ref: cas.model_dump(mode="json") for cas in read_cas()}
    wanted = [{**product[gap["ref"]], "attendu": gap["obtenu"]} for gap in gaps]
    await prepare(service, pilot, "rio-change.1", wanted)
    published = await publish(service, admin, "rio-change.1")
    assert published.status_code == 200
    assert published.json()["empreinte"] == changed.json()["empreinte"]


async def test_who_wrote_one_word_of_it_is_not_the_second_person(
    service: httpx2.AsyncClient, pilot: Key, admin: Key
) -> None:
    made = await draft(service, pilot, version="rio-deux.1")
    await edit(service, admin, {**made, "libelle": "Relu, et un peu récrit"})
    await prepare(service, pilot, "rio-deux.1")
    for key in (pilot, admin):
        assert codes(await publish(service, key, "rio-deux.1")) == [("/vie/auteurs", "MEME_PERSONNE")]


async def test_a_published_set_never_changes_nor_goes_away(
    service: httpx2.AsyncClient, own_base: Base, pilot: Key, admin: Key
) -> None:
    made = await ready(service, pilot, "rio-fige.1")
    assert (await publish(service, admin, "rio-fige.1")).status_code == 200
    before = await fetch(own_base, "SELECT * FROM jeu_regles")
    edited = await edit(service, pilot, with_value(made, "age_senior", 61))
    assert (edited.status_code, edited.json()["code"]) == (409, "REGLES_PUBLIEES")
    for part in ("cas", "publication"):
        again = await post(service, f"{PATH}/rio-fige.1/{part}", admin)
        assert (again.status_code, again.json()["code"]) == (409, "REGLES_PUBLIEES")
    simulated = await post(service, "/v1/simulations", pilot, {"version": "rio-fige.1"})
    assert (simulated.status_code, simulated.json()["enregistree"]) == (200, False)
    connection = await asyncpg.connect(str(own_base.url_of("orientation").get_secret_value()))
    try:
        for statement in (
            "UPDATE orientation.jeu_regles SET contenu = contenu || ' '",
            "UPDATE orientation.jeu_regles SET publie_le = NULL",
            "DELETE FROM orientation.jeu_regles",
        ):
            with pytest.raises(asyncpg.RestrictViolationError):
                await connection.execute(statement)
    finally:
        await connection.close()
    with pytest.raises(asyncpg.PostgresError):
        await fetch(own_base, "TRUNCATE jeu_regles")
    assert await fetch(own_base, "SELECT * FROM jeu_regles") == before


async def test_of_two_publications_at_once_one_wins(service: httpx2.AsyncClient, pilot: Key, admin: Key) -> None:
    for version in ("rio-a.1", "rio-b.1"):
        await ready(service, pilot, version, valide_du=in_days(5))
    same = await asyncio.gather(*(publish(service, admin, "rio-a.1") for _ in range(4)))
    assert sorted(answer.status_code for answer in same) == [200, 409, 409, 409]
    assert {answer.json().get("code") for answer in same} == {None, "REGLES_PUBLIEES"}
    late = await publish(service, admin, "rio-b.1")
    assert codes(late) == [("/valide_du", "VALIDITE_CHEVAUCHANTE")]


async def test_of_two_sets_for_the_same_days_published_at_once_one_wins(
    service: httpx2.AsyncClient, pilot: Key, admin: Key
) -> None:
    for version in ("rio-a.1", "rio-b.1", "rio-c.1"):
        await ready(service, pilot, version, valide_du=in_days(5))
    answers = await asyncio.gather(*(publish(service, admin, f"rio-{name}.1") for name in "abc"))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    refused = [codes(answer) for answer in answers if answer.status_code == 409]
    assert refused == [[("/valide_du", "VALIDITE_CHEVAUCHANTE")]] * 2


async def test_a_publication_repeated_under_its_key_is_answered_again(
    service: httpx2.AsyncClient, pilot: Key, admin: Key
) -> None:
    await ready(service, pilot, "rio-rejeu.1")
    path, headers = f"{PATH}/rio-rejeu.1/publication", {**admin, "Idempotency-Key": "la-meme"}
    answers = [await service.post(path, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content


async def test_every_process_knows_what_another_published(
    service: httpx2.AsyncClient, own_base: Base, identity: IdentitySettings, pilot: Key, admin: Key
) -> None:
    async with service_on(own_base, identity) as other:
        assert len((await other.get(PATH)).json()["elements"]) == 1
        await ready(service, pilot, "rio-ailleurs.1")
        assert (await publish(service, admin, "rio-ailleurs.1")).status_code == 200
        assert (await service.get(f"{PATH}/rio-ailleurs.1")).status_code == 200, "at once where it was published"
        for _ in range(300):
            if (await other.get(f"{PATH}/rio-ailleurs.1")).status_code == 200:
                break
            await asyncio.sleep(0.1)
        assert (await other.get(f"{PATH}/rio-ailleurs.1")).content == (
            await service.get(f"{PATH}/rio-ailleurs.1")
        ).content
    async with service_on(own_base, identity) as later:
        assert (await later.get(f"{PATH}/rio-ailleurs.1")).status_code == 200


FAITS = read_faits()
OWN = read_jeux()
ARBRE = read_arbre()
TODAY = date(2026, 6, 15)


def jeu_of(version: str, du: str | None, au: str | None = None) -> JeuFile:
    return JeuFile.model_validate({**OWN[0].model_dump(), "version": version, "valide_du": du, "valide_au": au})


def in_force(*sources: JeuFile) -> Regles:
    return Regles(OWN, FAITS, ARBRE).with_published([Jeu(source, FAITS, ARBRE) for source in sources])


NEXT = jeu_of("2027.1", "2027-01-01")
SHORT = jeu_of("2026.9", "2026-12-01", "2026-12-31")


@pytest.mark.parametrize(
    ("published", "du", "au", "fault"),
    [
        ((), "2026-06-15", None, None),
        ((), "2030-01-01", None, None),
        ((), "2026-06-14", None, ("/valide_du", "DEBUT_PASSE")),
        ((), None, None, ("/valide_du", "DEBUT_PASSE")),
        ((), "2026-07-01", "2026-12-31", ("/valide_au", "VALIDITE_TROUEE")),
        ((NEXT,), "2027-01-01", None, ("/valide_du", "VALIDITE_CHEVAUCHANTE")),
        ((NEXT,), "2026-12-01", None, ("/valide_au", "VALIDITE_CHEVAUCHANTE")),
        ((NEXT,), "2026-12-01", "2027-01-01", ("/valide_au", "VALIDITE_CHEVAUCHANTE")),
        ((NEXT,), "2026-12-01", "2026-12-30", ("/valide_au", "VALIDITE_TROUEE")),
        ((NEXT,), "2026-12-01", "2026-12-31", None),
        ((NEXT,), "2027-01-02", None, None),
        ((NEXT, SHORT), "2026-12-15", "2026-12-31", ("/valide_du", "VALIDITE_CHEVAUCHANTE")),
        ((NEXT, SHORT), "2026-11-01", "2026-11-30", None),
    ],
)
def test_days_neither_overlap_nor_leave_a_gap(
    published: tuple[JeuFile, ...], du: str | None, au: str | None, fault: tuple[str, str] | None
) -> None:
    found = list(iter_period_faults(jeu_of("essai", du, au), in_force(*published), TODAY))
    assert [(each.champ, each.code) for each in found] == ([fault] if fault else [])


def test_every_day_has_the_set_that_began_last() -> None:
    regles = in_force(NEXT, SHORT)
    assert [jeu.version for jeu in regles.jeux] == [FIRST, "rio-2026.9", "rio-2027.1"]
    day = date(2026, 11, 25)
    for _ in range(60):
        jeu = regles.at(day)
        last = regles.last_day_of(jeu)
        assert (jeu.source.valide_du or date.min) <= day <= (last or date.max)
        day += timedelta(days=1)
    assert regles.at(date.min).version == FIRST
    assert regles.at(date.max).version == "rio-2027.1"
    assert str(regles.last_day_of(regles.jeux[0])) == eve("2026-12-01")


def test_a_decision_of_the_past_is_played_again_by_its_version() -> None:
    faits = check_faits({**SENIOR, "date_reference": "2026-03-02"}, define(FAITS))
    assert isinstance(faits, dict)
    then = Regles(OWN, FAITS, ARBRE).at(date(2026, 3, 2)).evaluate(faits, "complete")
    replayed = in_force(NEXT, SHORT).find(then.regles_version)
    assert replayed is not None
    assert replayed.evaluate(faits, "complete") == then


async def test_a_set_begins_today_at_the_earliest_in_paris(
    service: httpx2.AsyncClient, pilot: Key, admin: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ready(service, pilot, "rio-minuit.1", valide_du=in_days(1))
    begun = datetime.combine(clock.today() + timedelta(days=1), datetime.min.time(), clock.PARIS)
    monkeypatch.setattr(clock, "now", lambda: begun)
    assert (await publish(service, admin, "rio-minuit.1")).status_code == 200
    await ready(service, pilot, "rio-minuit.2", valide_du=eve(in_days(0)))
    assert codes(await publish(service, admin, "rio-minuit.2"))[0] == ("/valide_du", "DEBUT_PASSE")


async def test_the_legal_day_of_who_is_notified_under_a_published_set_is_that_of_the_set(
    service: httpx2.AsyncClient, own_base: Base, pilot: Key, admin: Key, bearer: Callable[[str], Key]
) -> None:
    today, tomorrow = in_days(0), in_days(1)
    for dossier, day in (("dos-hier", today), ("dos-demain", tomorrow)):
        status = {"date": day, "type": "statut", "brsa": True, "soumis_dd": True}
        await store(own_base, {dossier: [status, {"date": day, "type": "notification_sdd"}]}, {dossier: "69383"})
    before = await legal_days(own_base, service, bearer("agent"))
    assert before == {"dos-hier": in_days(42), "dos-demain": in_days(43)}
    made = await draft(service, pilot, version="rio-court.1", valide_du=tomorrow)
    assert (await edit(service, pilot, with_value(made, "delai_orientation_jours", 15))).status_code == 200
    await prepare(service, pilot, "rio-court.1", [])
    answer = await publish(service, admin, "rio-court.1")
    assert answer.status_code == 200, answer.text
    after = await legal_days(own_base, service, bearer("agent"))
    assert after == {"dos-hier": in_days(42), "dos-demain": in_days(16)}


async def legal_days(base: Base, service: httpx2.AsyncClient, key: Key) -> dict[str, str]:
    """The last day to orient each person, once what changed has been folded."""
    assert (await service.get("/v1/alertes", headers=key)).status_code == 200
    rows = await fetch(base, "SELECT dossier, echeance FROM dossier_alerte WHERE type = 'DELAI_LEGAL'")
    return {row[0]: str(row[1]) for row in rows}
