"""Seats: the last goes to one, nobody has two at the same time, what is given back goes once to the first who waits."""

import asyncio
import logging
from typing import Any

import asyncpg
import httpx2
import pytest

from services.orientation.schemas.inscriptions import AttenteOut, InscriptionOut, PlaceRendueOut
from shared.wire import ListeOut
from tests.conftest import Base
from tests.orientation.feeds import fetch
from tests.orientation.meetings import (
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
    wait,
)

KEY = agent()
MEETINGS = "/v1/rencontres"
SAME_TIME = f"{day(60)}T09:00"


async def full(client: httpx2.AsyncClient, base: Base, *, seats: int, waiting: int) -> tuple[str, list[str], list[str]]:
    """A full meeting with a queue: its identifier, the seats taken, the persons who wait."""
    code = await hold(client, KEY, capacite=seats)
    persons = await make_dossiers(base, seats + waiting)
    taken = [(await enrol(client, KEY, code, person)).json()["id"] for person in persons[:seats]]
    for person in persons[seats:]:
        assert (await wait(client, KEY, code, person)).status_code == 201
    return code, taken, persons[seats:]


async def taken_by(client: httpx2.AsyncClient, code: str) -> list[str]:
    """Who has a seat, in order of arrival."""
    return [each["dossier"] for each in await elements(client, KEY, f"{MEETINGS}/{code}/inscriptions?statut=INSCRITE")]


async def queue(client: httpx2.AsyncClient, code: str) -> list[str]:
    """Who waits, in order of arrival."""
    listed = await elements(client, KEY, f"{MEETINGS}/{code}/liste-attente")
    assert [each["position"] for each in listed] == list(range(1, len(listed) + 1))
    return [each["dossier"] for each in listed]


async def test_a_seat_comes_with_its_convocation(orientation: httpx2.AsyncClient, base: Base) -> None:
    code = await hold(orientation, KEY, modalite="ENTRETIEN_INDIVIDUEL")
    (person,) = await make_dossiers(base, 1)
    answer = await enrol(orientation, KEY, code, person)
    assert answer.status_code == 201, answer.text
    seat = InscriptionOut.model_validate(answer.json())
    assert (seat.dossier, seat.rencontre, seat.statut, seat.promue, seat.issue) == (
        person,
        code,
        "INSCRITE",
        False,
        None,
    )
    assert await events_of(base, person) == [("convocation", day(), {"modalite": "ENTRETIEN_INDIVIDUEL"})]
    listed = ListeOut[InscriptionOut].model_validate(await read(orientation, KEY, f"{MEETINGS}/{code}/inscriptions"))
    assert listed.elements == [seat]


async def test_of_fifty_who_ask_for_the_last_seat_at_once_one_has_it(
    orientation: httpx2.AsyncClient, base: Base
) -> None:
    code = await hold(orientation, KEY, capacite=3)
    persons = await make_dossiers(base, 52)
    for person in persons[:2]:
        assert (await enrol(orientation, KEY, code, person)).status_code == 201
    answers = await all_at_once(*(enrol(orientation, KEY, code, person) for person in persons[2:]))
    assert outcomes(answers) == {(201, ""): 1, (409, "COMPLET"): 49}
    assert len(await taken_by(orientation, code)) == 3
    assert await elements(orientation, KEY, f"{MEETINGS}/{code}/liste-attente?statut=EN_ATTENTE,INSCRITE,RETIREE") == []
    kinds = await fetch(
        base, "SELECT count(*) FROM evenement WHERE type = 'convocation' AND dossier = ANY($1)", persons
    )
    assert kinds == [(3,)]
    (winner,) = {answer.json()["dossier"] for answer in answers if answer.status_code == 201}
    told = {person for person in persons[2:] if await events_of(base, person)}
    assert told == {winner}


async def test_a_person_asked_for_in_ten_places_at_once_has_one_seat(
    orientation: httpx2.AsyncClient, base: Base
) -> None:
    codes = [await hold(orientation, KEY, SAME_TIME) for _ in range(10)]
    (person,) = await make_dossiers(base, 1)
    answers = await all_at_once(*(enrol(orientation, KEY, code, person) for code in codes))
    assert outcomes(answers) == {(201, ""): 1, (409, "INSCRIPTION_CHEVAUCHANTE"): 9}
    (seat,) = [answer.json() for answer in answers if answer.status_code == 201]
    for answer in answers:
        if answer.status_code == 409:
            assert seat["id"] in answer.json()["detail"]
            assert seat["rencontre"] in answer.json()["detail"]
    assert len(await events_of(base, person)) == 1


async def test_a_person_asked_for_twice_at_once_in_one_meeting_has_one_seat(
    orientation: httpx2.AsyncClient, base: Base
) -> None:
    code = await hold(orientation, KEY)
    (person,) = await make_dossiers(base, 1)
    answers = await all_at_once(*(enrol(orientation, KEY, code, person) for _ in range(5)))
    assert outcomes(answers) == {(201, ""): 1, (409, "DEJA_INSCRITE"): 4}


@pytest.mark.parametrize(
    ("debut", "free"),
    [("07:00", True), ("07:01", False), ("10:30", False), ("10:59", False), ("11:00", True)],
)
async def test_meetings_that_touch_do_not_overlap(
    orientation: httpx2.AsyncClient, base: Base, debut: str, free: bool
) -> None:
    (person,) = await make_dossiers(base, 1)
    await enrol(orientation, KEY, await hold(orientation, KEY, SAME_TIME), person)
    answer = await enrol(orientation, KEY, await hold(orientation, KEY, f"{day(60)}T{debut}"), person)
    assert (answer.status_code == 201) is free, answer.text


async def test_the_database_itself_refuses_two_seats_at_the_same_time(
    orientation: httpx2.AsyncClient, base: Base
) -> None:
    one, two = [await hold(orientation, KEY, SAME_TIME) for _ in range(2)]
    (person,) = await make_dossiers(base, 1)
    await enrol(orientation, KEY, one, person)
    query = """INSERT INTO inscription
        (id, rencontre, dossier, debut, fin, statut, promue, preavis_respecte, inscrite_le)
      SELECT 'ins-force', $1, dossier, debut, fin, $2, false, false, inscrite_le FROM inscription WHERE dossier = $3"""
    with pytest.raises(asyncpg.ExclusionViolationError):
        await fetch(base, query, two, "INSCRITE", person)
    await fetch(base, query, two, "ANNULEE", person)


async def test_nobody_waits_for_a_meeting_with_a_seat_left(orientation: httpx2.AsyncClient, base: Base) -> None:
    code = await hold(orientation, KEY, capacite=1)
    one, two = await make_dossiers(base, 2)
    assert refusal(await wait(orientation, KEY, code, one)) == (409, "PLACE_LIBRE")
    await enrol(orientation, KEY, code, one)
    assert refusal(await wait(orientation, KEY, code, one)) == (409, "DEJA_INSCRITE")
    answer = await wait(orientation, KEY, code, two)
    place = AttenteOut.model_validate(answer.json())
    assert (answer.status_code, place.position, place.statut, place.inscription) == (201, 1, "EN_ATTENTE", None)
    assert refusal(await wait(orientation, KEY, code, two)) == (409, "DEJA_EN_ATTENTE")
    assert await events_of(base, two) == []


async def test_who_asks_at_once_to_wait_has_one_place_each(orientation: httpx2.AsyncClient, base: Base) -> None:
    code, _, _ = await full(orientation, base, seats=1, waiting=0)
    persons = await make_dossiers(base, 10)
    answers = await all_at_once(*(wait(orientation, KEY, code, person) for person in persons * 2))
    assert outcomes(answers) == {(201, ""): 10, (409, "DEJA_EN_ATTENTE"): 10}
    assert sorted(await queue(orientation, code)) == sorted(persons)


async def test_a_seat_given_back_goes_to_the_first_who_waits_with_a_convocation(
    orientation: httpx2.AsyncClient, base: Base
) -> None:
    code, (seat,), waiting = await full(orientation, base, seats=1, waiting=3)
    answer = await give_back(orientation, KEY, code, seat)
    assert answer.status_code == 200, answer.text
    given = PlaceRendueOut.model_validate(answer.json())
    assert (given.statut, given.motif_annulation, len(given.promues)) == ("ANNULEE", "SERVICE", 1)
    assert await taken_by(orientation, code) == waiting[:1]
    assert await queue(orientation, code) == waiting[1:]
    assert await events_of(base, waiting[0]) == [("convocation", day(), {"modalite": "RIO_COLLECTIVE"})]
    assert await events_of(base, waiting[1]) == []
    (place,) = await elements(orientation, KEY, f"{MEETINGS}/{code}/liste-attente?statut=INSCRITE")
    assert (place["inscription"], place["position"]) == (given.promues[0], None)
    assert refusal(await give_back(orientation, KEY, code, seat)) == (409, "INSCRIPTION_ANNULEE")


async def test_seats_given_back_at_once_go_each_to_another_person(orientation: httpx2.AsyncClient, base: Base) -> None:
    code, seats, waiting = await full(orientation, base, seats=6, waiting=8)
    answers = await all_at_once(*(give_back(orientation, KEY, code, seat) for seat in seats))
    assert outcomes(answers) == {(200, ""): 6}
    promoted = [each for answer in answers for each in answer.json()["promues"]]
    assert len(set(promoted)) == len(promoted) == 6
    assert sorted(await taken_by(orientation, code)) == sorted(waiting[:6])
    assert await queue(orientation, code) == waiting[6:]
    for person in waiting:
        assert len(await events_of(base, person)) == (1 if person in waiting[:6] else 0)


async def test_one_seat_given_back_by_many_at_once_goes_to_one(orientation: httpx2.AsyncClient, base: Base) -> None:
    code, (seat,), waiting = await full(orientation, base, seats=1, waiting=4)
    answers = await all_at_once(*(give_back(orientation, KEY, code, seat) for _ in range(8)))
    assert outcomes(answers) == {(200, ""): 1, (409, "INSCRIPTION_ANNULEE"): 7}
    assert await taken_by(orientation, code) == waiting[:1]
    assert await queue(orientation, code) == waiting[1:]


async def test_asking_waiting_and_giving_back_at_once_never_pass_the_capacity(
    orientation: httpx2.AsyncClient, base: Base
) -> None:
    code, seats, waiting = await full(orientation, base, seats=4, waiting=3)
    others = await make_dossiers(base, 12)
    answers = await all_at_once(
        *(give_back(orientation, KEY, code, seat) for seat in seats),
        *(enrol(orientation, KEY, code, person) for person in others[:6]),
        *(wait(orientation, KEY, code, person) for person in others[6:]),
    )
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    taken = await taken_by(orientation, code)
    left = await queue(orientation, code)
    assert len(taken) == len(set(taken)) <= 4
    assert set(waiting) <= set(taken)
    assert set(taken).isdisjoint(left)
    assert len(taken) == 4 or not left  # whoever asks for a seat before one is given back has none, but nobody waits


async def test_two_queues_with_the_same_persons_in_opposite_orders_do_not_block_each_other(
    orientation: httpx2.AsyncClient, base: Base
) -> None:
    persons, holders = await make_dossiers(base, 6), await make_dossiers(base, 2)
    meetings = [await hold(orientation, KEY, f"{day(61)}T09:00", capacite=1) for _ in range(2)]
    seats = []
    for code, holder, order in zip(meetings, holders, (persons, persons[::-1]), strict=True):
        seats.append((await enrol(orientation, KEY, code, holder)).json()["id"])
        for person in order:
            assert (await wait(orientation, KEY, code, person)).status_code == 201
    pairs = zip(meetings, seats, strict=True)
    answers = await all_at_once(*(give_back(orientation, KEY, code, seat) for code, seat in pairs))
    assert outcomes(answers) == {(200, ""): 2}
    assert [await taken_by(orientation, code) for code in meetings] == [persons[:1], persons[-1:]]


async def test_who_is_taken_elsewhere_is_passed_over_and_keeps_the_place(
    orientation: httpx2.AsyncClient, base: Base
) -> None:
    code, (seat,), waiting = await full(orientation, base, seats=1, waiting=2)
    elsewhere = await hold(orientation, KEY)
    busy = (await enrol(orientation, KEY, elsewhere, waiting[0])).json()["id"]
    await give_back(orientation, KEY, code, seat)
    assert await taken_by(orientation, code) == [waiting[1]]
    assert await queue(orientation, code) == [waiting[0]]
    assert (await give_back(orientation, KEY, elsewhere, busy)).status_code == 200
    (later,) = await elements(orientation, KEY, f"{MEETINGS}/{code}/inscriptions?statut=INSCRITE")
    await give_back(orientation, KEY, code, later["id"])
    assert await taken_by(orientation, code) == [waiting[0]]


async def test_who_leaves_the_queue_has_no_seat_later(orientation: httpx2.AsyncClient, base: Base) -> None:
    code, (seat,), waiting = await full(orientation, base, seats=1, waiting=2)
    (first, _) = await elements(orientation, KEY, f"{MEETINGS}/{code}/liste-attente")
    path = f"{MEETINGS}/{code}/liste-attente/{first['id']}/retrait"
    answers = await all_at_once(*(post(orientation, path, KEY, None) for _ in range(3)))
    assert outcomes(answers) == {(200, ""): 1, (409, "ATTENTE_TERMINEE"): 2}
    await give_back(orientation, KEY, code, seat)
    assert await taken_by(orientation, code) == [waiting[1]]
    assert refusal(await post(orientation, path.replace(first["id"], "att-inconnue"), KEY, None)) == (
        404,
        "ATTENTE_INCONNUE",
    )


async def test_what_a_person_asks_for_is_an_excused_absence_and_what_the_service_does_is_not(
    orientation: httpx2.AsyncClient, base: Base
) -> None:
    code = await hold(orientation, KEY)
    persons = await make_dossiers(base, 2)
    for person, motif in zip(persons, ("DEMANDE_PERSONNE", "SERVICE"), strict=True):
        seat = (await enrol(orientation, KEY, code, person)).json()["id"]
        await give_back(orientation, KEY, code, seat, motif)
    assert (await events_of(base, persons[0]))[1:] == [
        ("absence", day(), {"modalite": "RIO_COLLECTIVE", "excusee": True})
    ]
    assert (await events_of(base, persons[1]))[1:] == [("annulation_service", day(), {})]
    assert (await enrol(orientation, KEY, code, persons[0])).status_code == 201


async def test_a_request_sent_again_enrols_once(orientation: httpx2.AsyncClient, base: Base) -> None:
    code = await hold(orientation, KEY)
    (person,) = await make_dossiers(base, 1)
    path, again = f"{MEETINGS}/{code}/inscriptions", {"Idempotency-Key": f"encore-{code}"}
    first, second = [await post(orientation, path, KEY, {"dossier": person}, **again) for _ in range(2)]
    assert (first.status_code, second.status_code, first.content) == (201, 201, second.content)
    assert len(await events_of(base, person)) == 1


async def test_nothing_is_written_when_the_convocation_cannot_be(
    orientation: httpx2.AsyncClient, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await hold(orientation, KEY)
    (person,) = await make_dossiers(base, 1)

    async def fail(*_: Any, **__: Any) -> str:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("services.orientation.service.places.add_evenement", fail)
        assert (await enrol(orientation, KEY, code, person)).status_code == 500
    assert await taken_by(orientation, code) == []
    assert await events_of(base, person) == []


async def test_a_person_of_another_territory_is_neither_enrolled_nor_seen(
    orientation: httpx2.AsyncClient, base: Base
) -> None:
    code = await hold(orientation, KEY, capacite=2)
    (near,) = await make_dossiers(base, 1)
    (far,) = await make_dossiers(base, 1, commune="69383", ctm="LYON")
    local = agent("local", territoires=["69266"])
    assert refusal(await enrol(orientation, local, code, far)) == (404, "DOSSIER_INCONNU")
    assert refusal(await enrol(orientation, local, code, "dos-inconnu")) == (404, "DOSSIER_INCONNU")
    seat = (await enrol(orientation, KEY, code, far)).json()["id"]
    assert (await enrol(orientation, local, code, near)).status_code == 201
    shown = await elements(orientation, local, f"{MEETINGS}/{code}/inscriptions")
    assert [each["dossier"] for each in shown] == [near]
    assert (await read(orientation, local, f"{MEETINGS}/{code}"))["inscrits"] == 2
    assert refusal(await give_back(orientation, local, code, seat)) == (404, "INSCRIPTION_INCONNUE")
    assert refusal(await wait(orientation, local, code, far)) == (404, "DOSSIER_INCONNU")


async def test_who_comes_is_shown_to_those_who_may_read_persons_only(
    orientation: httpx2.AsyncClient, base: Base, bearer: Any
) -> None:
    code = await hold(orientation, KEY)
    (person,) = await make_dossiers(base, 1)
    for path in (f"{MEETINGS}/{code}/inscriptions", f"{MEETINGS}/{code}/liste-attente"):
        assert (await orientation.get(path)).status_code == 401
        assert (await orientation.get(path, headers=bearer("pilote"))).status_code == 403
        assert (
            await post(orientation, path, agent("x") | bearer("partenaire"), {"dossier": person})
        ).status_code == 403
    answer = await post(orientation, f"{MEETINGS}/{code}/inscriptions", KEY, {"dossier": "", "nom": "Dupont"})
    assert faults(answer) == {("/dossier", "LONGUEUR_INVALIDE"), ("/nom", "CHAMP_INCONNU")}


async def test_no_log_line_names_a_dossier(
    orientation: httpx2.AsyncClient, base: Base, caplog: pytest.LogCaptureFixture
) -> None:
    code, (seat,), waiting = await full(orientation, base, seats=1, waiting=1)
    with caplog.at_level(logging.DEBUG):
        await asyncio.gather(give_back(orientation, KEY, code, seat), enrol(orientation, KEY, code, waiting[0]))
    assert waiting[0] not in caplog.text


async def test_a_seat_says_whether_its_convocation_leaves_a_notice(orientation: httpx2.AsyncClient, base: Base) -> None:
    persons = await make_dossiers(base, 3)
    for person, ahead, enough in zip(persons, (-1, 5, 40), (False, False, True), strict=True):
        answer = await enrol(orientation, KEY, await hold(orientation, KEY, f"{day(ahead)}T09:00"), person)
        assert answer.json()["preavis_respecte"] is enough


async def test_who_is_enrolled_while_a_meeting_is_cancelled_is_told_or_refused(
    orientation: httpx2.AsyncClient, base: Base
) -> None:
    code = await hold(orientation, KEY, capacite=50)
    persons = await make_dossiers(base, 12)
    asked = [enrol(orientation, KEY, code, person) for person in persons]
    asked.insert(6, post(orientation, f"{MEETINGS}/{code}/annulation", KEY, {"motif": "AUTRE"}))
    answers = await all_at_once(*asked)
    assert set(outcomes(answers)) <= {(200, ""), (201, ""), (409, "RENCONTRE_ANNULEE")}
    assert await taken_by(orientation, code) == []
    for person, answer in zip(persons, [*answers[:6], *answers[7:]], strict=True):
        kinds = [kind for kind, _, _ in await events_of(base, person)]
        assert kinds == (["convocation", "annulation_service"] if answer.status_code == 201 else [])
