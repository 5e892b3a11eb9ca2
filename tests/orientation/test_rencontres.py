"""Meetings: planned by the clock of Paris, found in a calendar, changed under guard, cancelled for everybody."""

from typing import Any

import httpx2
import pytest

from services.orientation.schemas.rencontres import RencontreOut, SerieOut
from shared.wire import ListeOut
from tests.conftest import Base
from tests.orientation.meetings import (
    Key,
    a_meeting,
    agent,
    all_at_once,
    day,
    elements,
    enrol,
    events_of,
    faults,
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


async def patch(client: httpx2.AsyncClient, code: str, key: Key = KEY, **changes: Any) -> httpx2.Response:
    """Change a meeting as it now stands."""
    etag = (await client.get(f"{MEETINGS}/{code}", headers=KEY)).headers["etag"]
    return await client.patch(f"{MEETINGS}/{code}", json=changes, headers=key | {"If-Match": etag})


async def cancel(client: httpx2.AsyncClient, code: str) -> httpx2.Response:
    return await post(client, f"{MEETINGS}/{code}/annulation", KEY, {"motif": "LIEU_INDISPONIBLE"})


async def test_a_meeting_is_read_as_it_was_planned(orientation: httpx2.AsyncClient) -> None:
    body = a_meeting(
        "2027-06-01T09:00",
        animateurs=["agt-042", "agt-042", "agt-007"],
        langues=["fr", "ar"],
        accessibilite=["FAUTEUIL_ROULANT"],
    )
    answer = await post(orientation, MEETINGS, KEY, body)
    assert answer.status_code == 201, answer.text
    made = RencontreOut.model_validate(answer.json())
    assert answer.headers["location"] == f"{MEETINGS}/{made.id}"
    assert (answer.json()["debut"], answer.json()["fin"]) == ("2027-06-01T09:00:00+02:00", "2027-06-01T11:00:00+02:00")
    assert (made.commune, made.ctm, made.places_restantes, made.inscrits) == ("69266", made.ctm, 5, 0)
    assert made.animateurs == ["agt-042", "agt-007"]
    again = await orientation.get(answer.headers["location"], headers=KEY)
    assert again.json() == answer.json()
    assert again.headers["etag"] == answer.headers["etag"]
    assert again.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("debut", "told"),
    [
        ("2027-01-15T14:00", "2027-01-15T14:00:00+01:00"),
        ("2027-07-15T14:00", "2027-07-15T14:00:00+02:00"),
        ("2027-07-15T14:00:00", "2027-07-15T14:00:00+02:00"),
        ("2027-07-15T12:00:00Z", "2027-07-15T14:00:00+02:00"),
        ("2027-07-15T08:00-04:00", "2027-07-15T14:00:00+02:00"),
        ("2027-03-28T01:59", "2027-03-28T01:59:00+01:00"),
        ("2027-03-28T03:00", "2027-03-28T03:00:00+02:00"),
        ("2027-10-31T02:30+02:00", "2027-10-31T02:30:00+02:00"),
        ("2027-10-31T02:30+01:00", "2027-10-31T02:30:00+01:00"),
    ],
)
async def test_a_start_is_the_time_that_clocks_show_in_paris(
    orientation: httpx2.AsyncClient, debut: str, told: str
) -> None:
    answer = await post(orientation, MEETINGS, KEY, a_meeting(debut))
    assert answer.status_code == 201, answer.text
    assert answer.json()["debut"] == told


@pytest.mark.parametrize(
    ("debut", "code"),
    [
        ("2027-03-28T02:30", "HEURE_INEXISTANTE"),
        ("2027-03-28T02:00", "HEURE_INEXISTANTE"),
        ("2027-10-31T02:30", "HEURE_AMBIGUE"),
        ("2027-10-31T02:00", "HEURE_AMBIGUE"),
        ("2027-02-30T09:00", "HEURE_INVALIDE"),
        ("2027-02-20T24:00", "HEURE_INVALIDE"),
        ("2027-02-20", "HEURE_INVALIDE"),
        ("2027-02-20T09:00:30", "HEURE_INVALIDE"),
        ("0001-01-01T00:00+23:59", "HEURE_INVALIDE"),
        ("demain", "HEURE_INVALIDE"),
        ("2199-01-01T09:00", "HORS_BORNES"),
        ("1999-01-01T09:00", "HORS_BORNES"),
    ],
)
async def test_a_time_that_clocks_skip_or_show_twice_is_refused(
    orientation: httpx2.AsyncClient, debut: str, code: str
) -> None:
    assert faults(await post(orientation, MEETINGS, KEY, a_meeting(debut))) == {("/debut", code)}


async def test_the_refusal_of_a_time_shown_twice_says_both_offsets(orientation: httpx2.AsyncClient) -> None:
    answer = await post(orientation, MEETINGS, KEY, a_meeting("2027-10-31T02:30"))
    message = answer.json()["erreurs"][0]["message"]
    assert "2027-10-31T02:30+02:00" in message
    assert "2027-10-31T02:30+01:00" in message


async def test_a_weekly_series_keeps_its_time_across_both_changes_of_the_clock(orientation: httpx2.AsyncClient) -> None:
    for start, hours in (
        ("2027-03-16T09:30", ["+01:00", "+01:00", "+02:00"]),
        ("2027-10-26T09:30", ["+02:00", "+01:00"]),
    ):
        answer = await post(orientation, f"{MEETINGS}/series", KEY, a_meeting(start, semaines=len(hours)))
        assert answer.status_code == 201, answer.text
        serie = SerieOut.model_validate(answer.json())
        told = [each["debut"] for each in answer.json()["elements"]]
        assert [each[10:19] for each in told] == ["T09:30:00"] * len(hours)
        assert [each[19:] for each in told] == hours
        listed = await elements(orientation, KEY, answer.headers["location"])
        assert [each["id"] for each in listed] == [each.id for each in serie.elements]


async def test_a_series_with_a_time_that_one_week_skips_is_refused_whole(orientation: httpx2.AsyncClient) -> None:
    body = a_meeting("2027-03-14T02:30", semaines=4, lieu="Salle de nuit")
    answer = await post(orientation, f"{MEETINGS}/series", KEY, body)
    assert faults(answer) == {("/semaines", "HEURE_INEXISTANTE")}
    assert "2027-03-28" in answer.json()["erreurs"][0]["message"]
    assert await elements(orientation, KEY, f"{MEETINGS}?lieu=Salle de nuit") == []


async def test_every_fault_of_a_meeting_is_named(orientation: httpx2.AsyncClient) -> None:
    body = {
        "lieu": " ",
        "commune": "Lyon",
        "debut": "2027-03-28T02:30",
        "duree_minutes": 5,
        "capacite": 0,
        "modalite": "OFFICE",
        "animateurs": ["Marie Dupont"],
        "langues": ["fra"],
        "accessibilite": ["FAUTEUIL"],
        "couleur": "bleu",
    }
    assert faults(await post(orientation, MEETINGS, KEY, body)) == {
        ("/lieu", "LONGUEUR_INVALIDE"),
        ("/commune", "VALEUR_INVALIDE"),
        ("/debut", "HEURE_INEXISTANTE"),
        ("/duree_minutes", "HORS_BORNES"),
        ("/capacite", "HORS_BORNES"),
        ("/modalite", "VALEUR_INCONNUE"),
        ("/animateurs/0", "VALEUR_INVALIDE"),
        ("/langues/0", "VALEUR_INCONNUE"),
        ("/accessibilite/0", "VALEUR_INCONNUE"),
        ("/couleur", "CHAMP_INCONNU"),
    }


@pytest.mark.parametrize("commune", ["75056", "69M", "00000"])
async def test_a_meeting_stands_in_a_commune_of_the_metropole(orientation: httpx2.AsyncClient, commune: str) -> None:
    body = a_meeting(commune=commune.ljust(5, "0") if commune == "69M" else commune)
    assert faults(await post(orientation, MEETINGS, KEY, body)) == {("/commune", "CODE_INCONNU")}


async def test_a_commune_that_merged_is_the_one_that_replaced_it(orientation: httpx2.AsyncClient) -> None:
    code = await hold(orientation, KEY, commune="69152")
    assert (await read(orientation, KEY, f"{MEETINGS}/{code}"))["commune"] == "69149"


async def test_the_calendar_is_found_by_place_day_language_access_and_seats(
    orientation: httpx2.AsyncClient, base: Base
) -> None:
    hall = "Hôtel de la Rencontre Unique"
    arabic = await hold(orientation, KEY, "2027-05-03T09:00", lieu=hall, langues=["fr", "ar"], capacite=1)
    signs = await hold(orientation, KEY, "2027-05-04T23:30", lieu=hall, accessibilite=["LANGUE_DES_SIGNES"])
    lyon = await hold(orientation, KEY, "2027-05-05T00:30", lieu=hall, commune="69383", modalite="ENTRETIEN_INDIVIDUEL")
    (person,) = await make_dossiers(base, 1)
    assert (await enrol(orientation, KEY, arabic, person)).status_code == 201
    found = {
        "": [arabic, signs, lyon],
        "&langue=ar,en": [arabic],
        "&langue=fr&langue=ar": [arabic, signs, lyon],
        "&accessibilite=LANGUE_DES_SIGNES": [signs],
        "&debut=2027-05-04&fin=2027-05-04": [signs],
        "&debut=2027-05-05": [lyon],
        "&commune=69383": [lyon],
        "&modalite=ENTRETIEN_INDIVIDUEL": [lyon],
        "&places_min=1": [signs, lyon],
        "&statut=ANNULEE": [],
    }
    for query, expected in found.items():
        listed = await elements(orientation, KEY, f"{MEETINGS}?lieu=hotel de la rencontre unique{query}")
        assert [each["id"] for each in listed] == expected, query
    ctm = (await read(orientation, KEY, f"{MEETINGS}/{lyon}"))["ctm"]
    assert [each["id"] for each in await elements(orientation, KEY, f"{MEETINGS}?lieu={hall}&ctm={ctm}")] == [lyon]


async def test_the_calendar_comes_in_pages(orientation: httpx2.AsyncClient) -> None:
    made = await post(orientation, f"{MEETINGS}/series", KEY, a_meeting("2027-08-02T09:00", semaines=5))
    expected = [each["id"] for each in made.json()["elements"]]
    path, seen = f"{made.headers['location']}&limite=2", []
    page = ListeOut[RencontreOut].model_validate(await read(orientation, KEY, path))
    assert page.total == 5
    while True:
        seen += [each.id for each in page.elements]
        if page.curseur_suivant is None:
            break
        page = ListeOut[RencontreOut].model_validate(
            await read(orientation, KEY, f"{path}&curseur={page.curseur_suivant}")
        )
    assert seen == expected


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("debut=2027-05-05&fin=2027-05-04", ("fin", "DATES_INVERSEES")),
        ("commune=69999", ("commune", "CODE_INCONNU")),
        ("ctm=NULLE_PART", ("ctm", "CODE_INCONNU")),
        ("langue=xx", ("langue", "VALEUR_INCONNUE")),
        ("places_min=-1", ("places_min", "HORS_BORNES")),
        ("place=1", ("place", "PARAMETRE_INCONNU")),
        ("curseur=abc", ("curseur", "CURSEUR_INVALIDE")),
    ],
)
async def test_a_bad_filter_is_named(orientation: httpx2.AsyncClient, query: str, fault: tuple[str, str]) -> None:
    assert faults(await orientation.get(f"{MEETINGS}?{query}", headers=KEY)) == {fault}


async def test_a_change_needs_the_state_that_was_read(orientation: httpx2.AsyncClient) -> None:
    code = await hold(orientation, KEY)
    path = f"{MEETINGS}/{code}"
    unsaid = await orientation.patch(path, json={"capacite": 6}, headers=KEY)
    assert refusal(unsaid) == (428, "PRECONDITION_REQUISE")
    etag = (await orientation.get(path, headers=KEY)).headers["etag"]
    first = await orientation.patch(path, json={"capacite": 6}, headers=KEY | {"If-Match": etag})
    second = await orientation.patch(path, json={"capacite": 7}, headers=KEY | {"If-Match": etag})
    assert (first.status_code, first.json()["capacite"]) == (200, 6)
    assert refusal(second) == (412, "PRECONDITION_ECHOUEE")
    same = await patch(orientation, code, capacite=6)
    assert same.headers["etag"] == first.headers["etag"]


async def test_a_change_moves_place_and_time_and_refuses_what_is_wrong(orientation: httpx2.AsyncClient) -> None:
    code = await hold(orientation, KEY)
    moved = await patch(orientation, code, debut="2027-06-07T10:00", duree_minutes=30, commune="69383", langues=["en"])
    told = moved.json()
    assert (told["debut"], told["fin"]) == ("2027-06-07T10:00:00+02:00", "2027-06-07T10:30:00+02:00")
    assert (told["commune"], told["langues"]) == ("69383", ["en"])
    later = await patch(orientation, code, debut="2027-06-08T10:00")
    assert later.json()["fin"] == "2027-06-08T10:30:00+02:00"
    assert faults(await patch(orientation, code, lieu=None, statut="ANNULEE", debut="2027-03-28T02:30")) == {
        ("/lieu", "TYPE_INVALIDE"),
        ("/statut", "CHAMP_INCONNU"),
        ("/debut", "HEURE_INEXISTANTE"),
    }


async def test_a_change_never_wrongs_who_is_enrolled(orientation: httpx2.AsyncClient, base: Base) -> None:
    day_of = day(50)
    code = await hold(orientation, KEY, f"{day_of}T09:00")
    other = await hold(orientation, KEY, f"{day_of}T14:00")
    one, two = await make_dossiers(base, 2)
    for rencontre, person in ((code, one), (code, two), (other, one)):
        assert (await enrol(orientation, KEY, rencontre, person)).status_code == 201
    assert refusal(await patch(orientation, code, capacite=1)) == (409, "CAPACITE_INSUFFISANTE")
    assert refusal(await patch(orientation, code, modalite="ENTRETIEN_INDIVIDUEL")) == (409, "RENCONTRE_AVEC_INSCRITS")
    assert refusal(await patch(orientation, code, debut=f"{day_of}T13:00")) == (409, "INSCRIPTION_CHEVAUCHANTE")
    assert (await patch(orientation, code, debut=f"{day_of}T12:00")).status_code == 200
    third = await hold(orientation, KEY, f"{day_of}T13:30", duree_minutes=30)
    assert refusal(await enrol(orientation, KEY, third, one)) == (409, "INSCRIPTION_CHEVAUCHANTE")
    assert (await enrol(orientation, KEY, await hold(orientation, KEY, f"{day_of}T09:00"), one)).status_code == 201


async def test_more_seats_go_to_who_waits_in_order(orientation: httpx2.AsyncClient, base: Base) -> None:
    code = await hold(orientation, KEY, capacite=1)
    persons = await make_dossiers(base, 4)
    await enrol(orientation, KEY, code, persons[0])
    for person in persons[1:]:
        assert (await wait(orientation, KEY, code, person)).status_code == 201
    told = (await patch(orientation, code, capacite=3)).json()
    assert (told["inscrits"], told["places_restantes"], told["en_attente"]) == (3, 0, 1)
    seats = await elements(orientation, KEY, f"{MEETINGS}/{code}/inscriptions")
    assert [(each["dossier"], each["promue"]) for each in seats] == [
        (persons[0], False),
        (persons[1], True),
        (persons[2], True),
    ]


async def test_a_cancelled_meeting_tells_everybody_enrolled_and_frees_them(
    orientation: httpx2.AsyncClient, base: Base
) -> None:
    debut = f"{day(40)}T09:00"
    code = await hold(orientation, KEY, debut, capacite=2)
    persons = await make_dossiers(base, 3)
    for person in persons[:2]:
        await enrol(orientation, KEY, code, person)
    await wait(orientation, KEY, code, persons[2])
    answers = [await cancel(orientation, code), await cancel(orientation, code)]
    assert outcomes(answers) == {(200, ""): 1, (409, "RENCONTRE_ANNULEE"): 1}
    told = answers[0].json()
    assert (told["statut"], told["motif_annulation"]) == ("ANNULEE", "LIEU_INDISPONIBLE")
    assert (told["places_restantes"], told["inscrits"], told["en_attente"]) == (0, 0, 0)
    for person in persons[:2]:
        kinds = [(kind, when) for kind, when, _ in await events_of(base, person)]
        assert kinds == [("convocation", day()), ("annulation_service", day())]
    assert await events_of(base, persons[2]) == []
    assert refusal(await enrol(orientation, KEY, code, persons[0])) == (409, "RENCONTRE_ANNULEE")
    assert refusal(await wait(orientation, KEY, code, persons[0])) == (409, "RENCONTRE_ANNULEE")
    assert refusal(await patch(orientation, code, capacite=9)) == (409, "RENCONTRE_ANNULEE")
    assert (await enrol(orientation, KEY, await hold(orientation, KEY, debut), persons[0])).status_code == 201


async def test_a_meeting_of_another_territory_is_not_seen(orientation: httpx2.AsyncClient, base: Base) -> None:
    code = await hold(orientation, KEY, lieu="Salle cachée")
    ctm = (await read(orientation, KEY, f"{MEETINGS}/{code}"))["ctm"]
    (person,) = await make_dossiers(base, 1, ctm=ctm)
    stranger = agent("ailleurs", territoires=["69383"])
    for near in (
        agent("ctm", territoires=[ctm]),
        agent("commune", territoires="69266"),
        agent("tout", territoires="69M"),
    ):
        assert (await orientation.get(f"{MEETINGS}/{code}", headers=near)).status_code == 200
        assert [each["id"] for each in await elements(orientation, near, f"{MEETINGS}?lieu=Salle cachée")] == [code]
    assert await elements(orientation, stranger, f"{MEETINGS}?lieu=Salle cachée") == []
    refused = [
        await orientation.get(f"{MEETINGS}/{code}", headers=stranger),
        await orientation.get(f"{MEETINGS}/{code}/inscriptions", headers=stranger),
        await patch(orientation, code, stranger, capacite=9),
        await enrol(orientation, stranger, code, person),
        await post(orientation, f"{MEETINGS}/{code}/annulation", stranger, {"motif": "AUTRE"}),
    ]
    assert outcomes(refused) == {(404, "RENCONTRE_INCONNUE"): len(refused)}
    assert refusal(await post(orientation, MEETINGS, stranger, a_meeting())) == (403, "DROIT_INSUFFISANT")
    mine = await hold(orientation, stranger, commune="69383")
    assert refusal(await patch(orientation, mine, stranger, commune="69266")) == (403, "DROIT_INSUFFISANT")


async def test_reading_needs_one_right_and_writing_another(orientation: httpx2.AsyncClient, bearer: Any) -> None:
    code = await hold(orientation, KEY)
    assert (await orientation.get(MEETINGS)).status_code == 401
    assert (await orientation.get(f"{MEETINGS}/{code}", headers=bearer("lecteur"))).status_code == 403
    assert refusal(await post(orientation, MEETINGS, bearer("pilote"), a_meeting())) == (403, "DROIT_INSUFFISANT")
    assert (await post(orientation, MEETINGS, bearer("agent"), a_meeting())).status_code == 201


async def test_a_meeting_sent_twice_is_held_once(orientation: httpx2.AsyncClient) -> None:
    body, key = a_meeting(lieu="Salle du double envoi"), {"Idempotency-Key": "double-envoi"}
    answers = [await orientation.post(MEETINGS, json=body, headers=KEY | key) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert len(await elements(orientation, KEY, f"{MEETINGS}?lieu=Salle du double envoi")) == 1
    assert refusal(await orientation.post(MEETINGS, json=body, headers=KEY)) == (400, "CLE_REQUISE")


HOSTILE: tuple[Any, ...] = (
    *("", " ", "a\x00b", "\u202e", "\x01", "a" * 5_000, "' OR 1=1 --", "%", "{}", "..", ":a", "$1", "2027-13-45T99:99"),
    *(None, True, -1, 0, 10**30, 1.5, [], [None], [[]], {}, {"a": 1}, ["x"] * 300),
)


@pytest.mark.parametrize("field", [*a_meeting(), "modalite", "animateurs", "langues", "accessibilite", "semaines"])
async def test_no_value_of_a_field_is_the_product_s_own_failure(orientation: httpx2.AsyncClient, field: str) -> None:
    code = await hold(orientation, KEY)
    path = MEETINGS if field != "semaines" else f"{MEETINGS}/series"
    for value in HOSTILE:
        made = await post(orientation, path, KEY, a_meeting(**{field: value}))
        assert made.status_code in (201, 400, 422), (value, made.text)
        changed = await patch(orientation, code, **{field: value})
        assert changed.status_code in (200, 400, 422), (value, changed.text)
        if field in ("dossier", "lieu", "langue"):
            asked = await orientation.get(MEETINGS, params={field: str(value)[:900]}, headers=KEY)
            assert asked.status_code in (200, 422), (value, asked.text)


@pytest.mark.parametrize("code", ["a" * 61, "%00", "a%0Ab", "..%2F..", "'--", "%F0%9F%98%80", ".ics", "%", "\u00e9"])
async def test_no_identifier_is_the_product_s_own_failure(orientation: httpx2.AsyncClient, code: str) -> None:
    for path in ("", "/inscriptions", "/liste-attente", "/presences", ".ics"):
        answer = await orientation.get(f"{MEETINGS}/{code}{path}", headers=KEY)
        assert answer.status_code in (404, 422), answer.text
    for path, body in (
        ("annulation", {"motif": "AUTRE"}),
        ("inscriptions", {"dossier": "dos-x"}),
        ("liste-attente", {"dossier": "dos-x"}),
        ("presences", {"inscription": "ins-x", "issue": "present"}),
        (f"inscriptions/{code}/annulation", {"motif": "SERVICE"}),
        (f"liste-attente/{code}/retrait", None),
    ):
        refused = await post(orientation, f"{MEETINGS}/{code}/{path}", KEY, body)
        assert refused.status_code in (404, 422), refused.text


async def test_of_changes_made_at_once_on_one_state_one_stands(orientation: httpx2.AsyncClient) -> None:
    path = f"{MEETINGS}/{await hold(orientation, KEY)}"
    etag = {"If-Match": (await orientation.get(path, headers=KEY)).headers["etag"]}
    asked = [orientation.patch(path, json={"capacite": 10 + rank}, headers=KEY | etag) for rank in range(8)]
    answers = await all_at_once(*asked)
    assert outcomes(answers) == {(200, ""): 1, (412, "PRECONDITION_ECHOUEE"): 7}


async def test_seats_and_a_change_of_time_at_once_never_overlap(orientation: httpx2.AsyncClient, base: Base) -> None:
    when = day(70)
    morning = await hold(orientation, KEY, f"{when}T09:00")
    evening = await hold(orientation, KEY, f"{when}T18:00")
    (person,) = await make_dossiers(base, 1)
    await enrol(orientation, KEY, evening, person)
    answers = await all_at_once(
        enrol(orientation, KEY, morning, person), patch(orientation, evening, debut=f"{when}T10:00")
    )
    assert sorted(answer.status_code for answer in answers) in ([200, 409], [201, 409])
    assert {each.json()["code"] for each in answers if each.status_code == 409} == {"INSCRIPTION_CHEVAUCHANTE"}
