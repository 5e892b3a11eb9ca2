"""Attendance, its corrections, who is to be convened again, and the calendar of a meeting."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from icalendar import Calendar

from services.orientation.episodes import EtatParcours, Evenement, Type, replay
from services.orientation.schemas.inscriptions import InscriptionOut, ReconvocationOut
from shared import clock
from shared.wire import ListeOut
from tests.conftest import Base
from tests.orientation.meetings import (
    add_event,
    agent,
    all_at_once,
    day,
    elements,
    enrol,
    events_of,
    faults,
    give_back,
    hold,
    make_dossiers,
    outcomes,
    post,
    read,
    refusal,
)

KEY = agent()
MEETINGS = "/v1/rencontres"
AGAIN = f"{MEETINGS}/a-reconvoquer"
COLLECTIVE = {"modalite": "RIO_COLLECTIVE"}


async def note(client: httpx2.AsyncClient, code: str, inscription: str, issue: str) -> httpx2.Response:
    return await post(client, f"{MEETINGS}/{code}/presences", KEY, {"inscription": inscription, "issue": issue})


async def seated(client: httpx2.AsyncClient, base: Base, when: int = 0, number: int = 1) -> tuple[str, list[Any]]:
    """A meeting some days ahead, and pairs of a person and its seat."""
    code = await hold(client, KEY, f"{day(when)}T09:00")
    persons = await make_dossiers(base, number)
    return code, [(person, (await enrol(client, KEY, code, person)).json()["id"]) for person in persons]


async def state_of(base: Base, person: str) -> EtatParcours | None:
    """Where a person stands, by the one replay of events."""
    signalled = Evenement(day(-40), Type.SIGNALEMENT)
    told = [
        Evenement(when, Type(kind), champs, rank)
        for rank, (kind, when, champs) in enumerate(await events_of(base, person))
    ]
    return replay([signalled, *told], day()).etat


async def again(client: httpx2.AsyncClient, persons: list[str], query: str = "") -> dict[str, ReconvocationOut]:
    """What the list of persons to convene again says of ``persons``."""
    listed = await elements(client, KEY, f"{AGAIN}?limite=200{query}")
    return {each["dossier"]: ReconvocationOut.model_validate(each) for each in listed if each["dossier"] in persons}


@pytest.mark.parametrize(
    ("issue", "event", "etat"),
    [
        ("present", ("presence", COLLECTIVE), EtatParcours.PRESENT_RIO),
        ("absent", ("absence", COLLECTIVE | {"excusee": False}), EtatParcours.ABSENT_RIO),
        ("absent_excuse", ("absence", COLLECTIVE | {"excusee": True}), EtatParcours.A_RECONVOQUER),
    ],
)
async def test_what_is_noted_becomes_an_event_of_the_day_of_the_meeting(
    orientation: httpx2.AsyncClient, base: Base, issue: str, event: tuple[str, Any], etat: EtatParcours
) -> None:
    code, ((person, seat),) = await seated(orientation, base, when=-3)
    answer = await note(orientation, code, seat, issue)
    assert answer.status_code == 200, answer.text
    noted = InscriptionOut.model_validate(answer.json())
    assert (noted.issue, noted.issue_le is not None) == (issue, True)
    assert await events_of(base, person) == [
        ("convocation", day(-3), COLLECTIVE),
        (event[0], day(-3), event[1]),
    ]
    assert await state_of(base, person) is etat
    sheet = ListeOut[InscriptionOut].model_validate(await read(orientation, KEY, f"{MEETINGS}/{code}/presences"))
    assert sheet.elements == [noted]


async def test_nothing_is_noted_before_the_day_of_the_meeting(orientation: httpx2.AsyncClient, base: Base) -> None:
    code, ((person, seat),) = await seated(orientation, base, when=1)
    for issue in ("present", "absent", "absent_excuse"):
        assert refusal(await note(orientation, code, seat, issue)) == (409, "RENCONTRE_A_VENIR")
    assert len(await events_of(base, person)) == 1
    today, ((_, here),) = await seated(orientation, base)
    assert (await note(orientation, today, here, "present")).status_code == 200


async def test_the_same_thing_noted_again_writes_nothing(orientation: httpx2.AsyncClient, base: Base) -> None:
    code, ((person, seat),) = await seated(orientation, base)
    answers = await all_at_once(*(note(orientation, code, seat, "absent") for _ in range(5)))
    assert outcomes(answers) == {(200, ""): 5}
    assert len({answer.content for answer in answers}) == 1
    assert [kind for kind, _, _ in await events_of(base, person)] == ["convocation", "absence"]


async def test_a_correction_goes_in_the_favour_of_the_person_only(orientation: httpx2.AsyncClient, base: Base) -> None:
    code, ((person, seat),) = await seated(orientation, base, when=-1)
    for issue, etat in (
        ("absent", EtatParcours.ABSENT_RIO),
        ("absent_excuse", EtatParcours.A_RECONVOQUER),
        ("present", EtatParcours.PRESENT_RIO),
    ):
        assert (await note(orientation, code, seat, issue)).json()["issue"] == issue
        assert await state_of(base, person) is etat
    before = await events_of(base, person)
    for issue in ("absent", "absent_excuse"):
        assert refusal(await note(orientation, code, seat, issue)) == (409, "CORRECTION_REFUSEE")
    assert await events_of(base, person) == before
    assert (await elements(orientation, KEY, f"{MEETINGS}/{code}/presences"))[0]["issue"] == "present"


async def test_what_took_place_is_neither_cancelled_nor_given_back(orientation: httpx2.AsyncClient, base: Base) -> None:
    code, ((_, seat), _) = await seated(orientation, base, number=2)
    await note(orientation, code, seat, "present")
    assert refusal(await give_back(orientation, KEY, code, seat)) == (409, "ISSUE_NOTEE")
    assert refusal(await post(orientation, f"{MEETINGS}/{code}/annulation", KEY, {"motif": "AUTRE"})) == (
        409,
        "ISSUE_NOTEE",
    )
    past, ((_, late),) = await seated(orientation, base, when=-2)
    assert refusal(await give_back(orientation, KEY, past, late)) == (409, "RENCONTRE_TERMINEE")
    etag = (await orientation.get(f"{MEETINGS}/{code}", headers=KEY)).headers["etag"]
    moved = {"debut": f"{day(5)}T09:00"}
    answer = await orientation.patch(f"{MEETINGS}/{code}", json=moved, headers=KEY | {"If-Match": etag})
    assert refusal(answer) == (409, "ISSUE_NOTEE")


async def test_only_a_seat_of_the_meeting_is_noted(orientation: httpx2.AsyncClient, base: Base) -> None:
    code, ((_, seat),) = await seated(orientation, base)
    other, ((_, elsewhere),) = await seated(orientation, base)
    assert refusal(await note(orientation, code, elsewhere, "present")) == (404, "INSCRIPTION_INCONNUE")
    assert refusal(await note(orientation, "rio-inconnue", seat, "present")) == (404, "RENCONTRE_INCONNUE")
    assert faults(await note(orientation, code, seat, "venue")) == {("/issue", "VALEUR_INCONNUE")}
    (person,) = await make_dossiers(base, 1)
    later = await hold(orientation, KEY)
    given_back = (await enrol(orientation, KEY, later, person)).json()["id"]
    assert (await give_back(orientation, KEY, later, given_back)).status_code == 200
    assert refusal(await note(orientation, later, given_back, "absent")) == (409, "INSCRIPTION_ANNULEE")
    stranger = agent("ailleurs", territoires=["69383"])
    body = {"inscription": elsewhere, "issue": "present"}
    answer = await post(orientation, f"{MEETINGS}/{other}/presences", stranger, body)
    assert refusal(answer) == (404, "RENCONTRE_INCONNUE")


async def test_an_absent_person_is_to_be_convened_again_within_fifteen_days(
    orientation: httpx2.AsyncClient, base: Base
) -> None:
    code, seats = await seated(orientation, base, when=-16, number=3)
    persons = [person for person, _ in seats]
    for (_, seat), issue in zip(seats, ("absent", "absent_excuse", "present"), strict=True):
        await note(orientation, code, seat, issue)
    told = await again(orientation, persons)
    assert set(told) == set(persons[:2])
    assert [told[person].etat for person in persons[:2]] == [EtatParcours.ABSENT_RIO, EtatParcours.A_RECONVOQUER]
    assert {(each.depuis, each.echeance, each.en_retard) for each in told.values()} == {(day(-16), day(-1), True)}
    assert {(each.absences, each.modalite) for each in told.values()} == {(1, "RIO_COLLECTIVE")}
    assert set(await again(orientation, persons, "&en_retard=true")) == set(persons[:2])
    assert await again(orientation, persons, "&en_retard=false") == {}


async def test_fifteen_days_are_not_late_yet(orientation: httpx2.AsyncClient, base: Base) -> None:
    code, ((person, seat),) = await seated(orientation, base, when=-15)
    await note(orientation, code, seat, "absent")
    assert await again(orientation, [person], "&en_retard=true") == {}
    told = await again(orientation, [person], "&en_retard=false")
    assert (told[person].echeance, told[person].en_retard) == (day(), False)


async def test_the_third_convocation_is_to_an_individual_interview(orientation: httpx2.AsyncClient, base: Base) -> None:
    persons = await make_dossiers(base, 1)
    for when, issue, modalite in ((-20, "absent_excuse", "RIO_COLLECTIVE"), (-10, "absent", "ENTRETIEN_INDIVIDUEL")):
        code = await hold(orientation, KEY, f"{day(when)}T09:00")
        seat = (await enrol(orientation, KEY, code, persons[0])).json()["id"]
        await note(orientation, code, seat, issue)
        assert (await again(orientation, persons))[persons[0]].modalite == modalite
    assert (await again(orientation, persons))[persons[0]].absences == 2


async def test_an_absence_that_was_a_presence_counts_for_nothing(orientation: httpx2.AsyncClient, base: Base) -> None:
    code, ((person, seat),) = await seated(orientation, base, when=-20)
    for issue in ("absent", "present"):
        await note(orientation, code, seat, issue)
    assert await again(orientation, [person]) == {}
    code = await hold(orientation, KEY, f"{day(-5)}T09:00")
    seat = (await enrol(orientation, KEY, code, person)).json()["id"]
    await note(orientation, code, seat, "absent")
    assert (await again(orientation, [person]))[person].absences == 1


async def test_who_has_a_later_seat_or_was_oriented_or_left_is_not_to_be_convened(
    orientation: httpx2.AsyncClient, base: Base
) -> None:
    code, seats = await seated(orientation, base, when=-4, number=4)
    persons = [person for person, _ in seats]
    for _, seat in seats:
        await note(orientation, code, seat, "absent")
    assert set(await again(orientation, persons)) == set(persons)
    later = (await enrol(orientation, KEY, await hold(orientation, KEY), persons[0])).json()
    await add_event(base, persons[1], day(-1), "orientation", parcours="EMPLOI", etape="DIRECTE")
    await add_event(base, persons[2], day(-1), "sortie", motif="MUTATION")
    assert set(await again(orientation, persons)) == {persons[3]}
    await give_back(orientation, KEY, later["rencontre"], later["id"], "SERVICE")
    told = await again(orientation, persons)
    assert set(told) == {persons[0], persons[3]}
    assert (told[persons[0]].etat, told[persons[0]].depuis) == (EtatParcours.A_RECONVOQUER, day())


async def test_a_cancelled_meeting_puts_everybody_in_the_list(orientation: httpx2.AsyncClient, base: Base) -> None:
    code, seats = await seated(orientation, base, when=12, number=2)
    persons = [person for person, _ in seats]
    assert await again(orientation, persons) == {}
    await post(orientation, f"{MEETINGS}/{code}/annulation", KEY, {"motif": "ANIMATEUR_ABSENT"})
    told = await again(orientation, persons)
    assert {each.etat for each in told.values()} == {EtatParcours.A_RECONVOQUER}
    assert {(each.depuis, each.echeance, each.absences) for each in told.values()} == {(day(), day(15), 0)}
    assert len(told) == 2


async def test_the_list_comes_in_pages_by_term_and_by_territory(orientation: httpx2.AsyncClient, base: Base) -> None:
    far = await make_dossiers(base, 7, commune="69383", ctm="LYON")
    for rank, person in enumerate(far):
        await add_event(base, person, day(-30 + rank // 2), "absence", modalite="RIO_COLLECTIVE", excusee=False)
    local = agent("lyon", territoires=["69383"])
    seen, path = [], f"{AGAIN}?limite=2"
    page = await read(orientation, local, path)
    assert page["total"] is None
    while True:
        seen += page["elements"]
        if page["curseur_suivant"] is None:
            break
        page = await read(orientation, local, f"{path}&curseur={page['curseur_suivant']}")
    assert sorted(each["dossier"] for each in seen) == sorted(far)
    assert [each["echeance"] for each in seen] == sorted(each["echeance"] for each in seen)
    other = agent("villeurbanne", territoires=["69266"])
    assert set(far).isdisjoint(each["dossier"] for each in await elements(orientation, other, f"{AGAIN}?limite=200"))
    assert faults(await orientation.get(f"{path}&curseur=abc", headers=local)) == {("curseur", "CURSEUR_INVALIDE")}


async def test_the_calendar_of_a_meeting_says_when_and_where_and_nothing_of_anybody(
    orientation: httpx2.AsyncClient, base: Base
) -> None:
    code = await hold(
        orientation,
        KEY,
        "2027-03-28T09:00",
        lieu="Salle; des fêtes, 1er étage, au fond \\n",
        animateurs=["agt-777"],
        langues=["fr", "ar"],
        accessibilite=["LANGUE_DES_SIGNES"],
    )
    (person,) = await make_dossiers(base, 1)
    await enrol(orientation, KEY, code, person)
    answer = await orientation.get(f"{MEETINGS}/{code}.ics", headers=KEY)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert all(secret not in answer.text for secret in ("agt-777", person, "agent-essais"))
    assert all(len(line.encode()) <= 75 for line in answer.text.split("\r\n"))
    (event,) = Calendar.from_ical(answer.text).walk("VEVENT")
    assert event["UID"] == f"{code}@rencontres.spie"
    assert event.decoded("DTSTART") == datetime(2027, 3, 28, 7, tzinfo=UTC)
    assert event.decoded("DTEND") - event.decoded("DTSTART") == timedelta(hours=2)
    assert str(event["LOCATION"]) == "Salle; des fêtes, 1er étage, au fond \\n, Villeurbanne"
    assert (str(event["STATUS"]), event["SEQUENCE"]) == ("CONFIRMED", 0)
    assert "langue des signes" in str(event["DESCRIPTION"])
    again = await orientation.get(f"{MEETINGS}/{code}.ics", headers=KEY)
    assert again.content == answer.content
    spared = await orientation.get(f"{MEETINGS}/{code}.ics", headers=KEY | {"If-None-Match": answer.headers["etag"]})
    assert spared.status_code == 304


async def test_the_calendar_follows_changes_and_cancellation_under_the_same_name(
    orientation: httpx2.AsyncClient,
) -> None:
    code = await hold(orientation, KEY)
    path = f"{MEETINGS}/{code}"
    etag = (await orientation.get(path, headers=KEY)).headers["etag"]
    await orientation.patch(path, json={"debut": f"{day(33)}T10:00"}, headers=KEY | {"If-Match": etag})
    await post(orientation, f"{path}/annulation", KEY, {"motif": "AUTRE"})
    (event,) = Calendar.from_ical((await orientation.get(f"{path}.ics", headers=KEY)).text).walk("VEVENT")
    assert (event["UID"], str(event["STATUS"]), event["SEQUENCE"]) == (f"{code}@rencontres.spie", "CANCELLED", 2)
    local = event.decoded("DTSTART").astimezone(clock.PARIS)
    assert (local.date(), local.hour) == (day(33), 10)


async def test_the_calendar_is_for_who_may_see_the_meeting(orientation: httpx2.AsyncClient, bearer: Any) -> None:
    path = f"{MEETINGS}/{await hold(orientation, KEY)}.ics"
    assert (await orientation.get(path)).status_code == 401
    assert (await orientation.get(path, headers=bearer("lecteur"))).status_code == 403
    stranger = agent("ailleurs", territoires=["69383"])
    assert refusal(await orientation.get(path, headers=stranger)) == (404, "RENCONTRE_INCONNUE")
    missing = await orientation.get(f"{MEETINGS}/rio-inconnue.ics", headers=KEY)
    assert refusal(missing) == (404, "RENCONTRE_INCONNUE")
