"""What is held, how long, and what remains of a person once erased: where and when things happened, nobody."""

import json
import logging
from datetime import date, timedelta
from typing import Any

import httpx2
import pytest
import time_machine

from services.orientation.episodes import Evenement, Type
from services.orientation.jobs import forget
from services.orientation.models import Dossier
from services.orientation.schemas.acces import DonneesOut, EffacementOut
from services.orientation.schemas.dossiers import DossierOut
from services.orientation.service.evenements import add_evenement
from services.orientation.service.retention import Signes, is_over, years_before
from shared import clock
from shared.database import engine_for, role_of, transaction
from tests.conftest import Base
from tests.orientation.desk import agent, happened, opened, post, read, someone
from tests.orientation.feeds import dump, fetch, person, push

KEY = agent("sacha")
SECRETS = {
    "nir": "1880269266042",
    "nom": "Wojciechowska",
    "prenom": "Apolline",
    "matricule": "9182736",
    "numorg": "691",
    "numdemrsa": "ZQ83Y17X4K2",
    "identifiant_ft": "7Q3Z9K1W",
    "date_naissance": "1988-02-17",
    "commune": "69266",
}
NOTE, ORGANISME, MOTIF = "Sa soeur Apolline appelle le soir", "Chez Wojciechowska", "Appel de Wojciechowska"
FAITS = {"brsa": True, "soumis_dd": True, "activite_non_salariee": "ACTIVE", "sante": "IMPACT_FORT"}
SIGNALEMENT = {"date": "2026-01-05", "type": "signalement"}
TOLD = ("nir", "nom", "prenom", "matricule", "numdemrsa", "identifiant_ft", "date_naissance")


async def followed(client: httpx2.AsyncClient, identite: dict[str, Any], **own: str) -> str:
    """A person oriented with a note, whose dossier an agent opened with a reason."""
    body = {"identite": identite, "commune": "69266", "faits": FAITS}
    code = (await post(client, "/v1/dossiers", KEY, body, **{"X-Motif": MOTIF})).json()["id"]
    await happened(client, KEY, code, SIGNALEMENT)
    made = (await post(client, f"/v1/dossiers/{code}/orientations", KEY, {}, **own)).json()
    decision = {"parcours": made["parcours"], "etape": "APRES_ENTRETIEN", "motif": NOTE, "organisme": ORGANISME}
    answer = await post(client, f"/v1/dossiers/{code}/orientations/{made['id']}/decision", KEY, decision)
    assert answer.status_code == 201, answer.text
    return str(code)


async def test_everything_that_is_held_is_told(orientation: httpx2.AsyncClient, bearer: Any) -> None:
    row = person(9_090_909, {"aah": True}, identite={"nom": "A", "prenom": "B", "commune": "69266"})
    await push(orientation, bearer("partenaire"), [row], source="caf-tout")
    known = await post(orientation, "/v1/dossiers", KEY, {"identite": row["identite"]})
    code = known.json()["id"]
    await happened(orientation, KEY, code, SIGNALEMENT)
    await post(orientation, f"/v1/dossiers/{code}/orientations", KEY, {})
    held = DonneesOut.model_validate(await read(orientation, KEY, f"/v1/dossiers/{code}/donnees"))
    assert [each.nature for each in held.identifiants] == ["civil", "matricule"]
    assert [(each.code, each.source) for each in held.faits] == [("aah", "caf-tout")]
    assert held.faits[0].recu.startswith("flux-")
    assert [each.type for each in held.evenements] == ["signalement"]
    assert [each.faits for each in held.orientations] == [
        {"aah": True, "absences_rio": 0, "date_reference": clock.today().isoformat()}
    ]
    assert held.reponses_conservees == 3
    assert {"finalite", "conservation", "droits"} <= set(held.information)


async def test_an_erased_person_is_nobody_and_still_counts(orientation: httpx2.AsyncClient, base: Base) -> None:
    identite = someone(nom="Une", prenom="Personne", commune="69266")
    code = await followed(orientation, identite, **{"Idempotency-Key": "avant-effacement"})
    place = f"/v1/dossiers/{code}"
    before = await read(orientation, KEY, place + "/evenements")
    answer = await orientation.delete(place + "/identite", headers=KEY)
    gone = EffacementOut.model_validate(answer.json())
    assert (answer.status_code, gone.id) == (200, code)
    assert gone.efface == {
        "identifiants": 2,
        "faits": 5,
        "orientations": 1,
        "decisions": 1,
        "reorientations": 0,
        "alertes": 0,
        "reponses": 4,
        "motifs_acces": 1,
    }
    shown = DossierOut.model_validate(await read(orientation, KEY, place))
    assert (shown.commune, shown.ctm, shown.etat, shown.faits) == ("69266", "VILLEURBANNE", "ORIENTE", [])
    assert shown.efface_le == gone.efface_le
    assert await read(orientation, KEY, place + "/evenements") == before
    (kept,) = (await read(orientation, KEY, place + "/orientations"))["elements"]
    assert [kept["decision"][name] for name in ("motif", "organisme", "notification")] == [None, None, None]
    whole = await read(orientation, KEY, f"{place}/orientations/{kept['id']}")
    assert (whole["faits"], whole["proposition"], whole["parcours"]) == (None, None, kept["parcours"])
    again = await orientation.get(f"{place}/orientations/{kept['id']}/rejeu", headers=KEY)
    assert (again.status_code, again.json()["code"]) == (409, "REJEU_IMPOSSIBLE")
    assert await fetch(base, "SELECT pseudonyme, cle FROM dossier WHERE id = $1", code) == [(None, None)]
    listed = await read(orientation, KEY, "/v1/dossiers?commune=69266&limite=200")
    assert code not in [each["id"] for each in listed["elements"]]


async def test_nothing_is_written_where_a_person_was_erased(orientation: httpx2.AsyncClient) -> None:
    code = await opened(orientation, KEY)
    place = f"/v1/dossiers/{code}"
    key = {"Idempotency-Key": "ecrit-avant"}
    assert (await post(orientation, f"{place}/evenements", KEY, SIGNALEMENT, **key)).status_code == 201
    assert (await orientation.delete(f"{place}/identite", headers=KEY)).status_code == 200
    for path, body in (("evenements", SIGNALEMENT), ("faits", {"faits": {"brsa": True}}), ("orientations", {})):
        answer = await post(orientation, f"{place}/{path}", KEY, body, **(key if path == "evenements" else {}))
        assert (answer.status_code, answer.json()["code"]) == (409, "DOSSIER_EFFACE")
    again = await orientation.delete(f"{place}/identite", headers=KEY)
    assert set(again.json()["efface"].values()) == {0}
    assert (await read(orientation, KEY, f"{place}/evenements"))["total"] == 1


async def test_who_comes_back_after_an_erasure_has_another_dossier(orientation: httpx2.AsyncClient) -> None:
    identite = someone()
    first = (await post(orientation, "/v1/dossiers", KEY, {"identite": identite})).json()["id"]
    await orientation.delete(f"/v1/dossiers/{first}/identite", headers=KEY)
    answer = await post(orientation, "/v1/dossiers", KEY, {"identite": identite})
    assert answer.status_code == 201
    assert answer.json()["id"] != first


async def test_only_who_may_write_there_erases(orientation: httpx2.AsyncClient, bearer: Any) -> None:
    code = await opened(orientation, KEY, commune="69266")
    elsewhere = await orientation.delete(f"/v1/dossiers/{code}/identite", headers=agent(territoires=["LYON"]))
    assert elsewhere.status_code == 404
    assert (await orientation.delete(f"/v1/dossiers/{code}/identite", headers=bearer("pilote"))).status_code == 403
    assert (await read(orientation, KEY, f"/v1/dossiers/{code}"))["efface_le"] is None


async def test_no_name_number_or_note_leaks_in_answers_logs_or_tables(
    orientation: httpx2.AsyncClient, base: Base, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answers: list[str] = []

    async def keep(response: httpx2.Response) -> None:
        await response.aread()
        answers.append(f"{response.status_code} {response.headers} {response.text}")

    orientation.event_hooks["response"].append(keep)
    try:
        code = await followed(orientation, SECRETS)
        await walk(orientation, code)
    finally:
        orientation.event_hooks["response"].remove(keep)
    texts = {"note": NOTE, "organisme": ORGANISME, "motif": MOTIF}
    identity = {name: SECRETS[name] for name in TOLD}
    said = "\n".join(answers)
    assert len(answers) > 20
    for name, secret in identity.items():
        if name not in ("nom", "prenom"):  # the agent's own texts name her: they are looked for apart
            assert secret not in said, name
        assert secret.casefold() not in caplog.text.casefold(), name
    refused = [answer for answer in answers if answer.startswith("4")]
    for secret in (*identity.values(), *texts.values()):
        assert not [each for each in refused if secret.casefold() in each.casefold()], secret
    kept = await dump(base)
    for name in TOLD:
        if name not in ("nom", "prenom"):
            assert SECRETS[name] not in kept, name
    assert (await orientation.delete(f"/v1/dossiers/{code}/identite", headers=KEY)).status_code == 200
    left = (await dump(base)).casefold()
    for secret in (*identity.values(), *texts.values(), "impact_fort"):
        assert secret.casefold() not in left, secret


async def walk(client: httpx2.AsyncClient, code: str) -> None:
    """Read all there is of a dossier, and be refused in every way that may tell something back."""
    place = f"/v1/dossiers/{code}"
    for path in ("", "/evenements", "/orientations", "/acces", "/donnees"):
        await client.get(place + path, headers=KEY)
        await client.get(f"{place}{path}?nom=1", headers=KEY)
    nom, nir = SECRETS["nom"], SECRETS["nir"]
    bodies: list[tuple[str, Any]] = [
        ("/v1/dossiers", {"identite": SECRETS}),
        ("/v1/dossiers", {"identite": SECRETS | {"nir": nir + "00", "nom": [nom]}, "commune": nir}),
        ("/v1/dossiers", {"identite": SECRETS | {"date_naissance": nom}, "faits": {"logement": nom, "aah": nom}}),
        ("/v1/dossiers", {"identite": nom, "faits": nom}),
        ("/v1/dossiers", {"identite": {}, nom: 1, "commune": 4, "faits": {nom: 1}}),
        (f"{place}/evenements", {"date": nom, "type": nom, "motif": NOTE}),
        (f"{place}/evenements", {"date": "2026-02-01", "type": "contact", nom: 1}),
        (f"{place}/evenements", {"date": "2026-02-01", "type": "sortie", "motif": nom.upper()}),
        (f"{place}/faits", {"faits": {"date_naissance": nir, "sante": NOTE}}),
        (f"{place}/orientations", {"date_reference": nom}),
        (f"{place}/orientations/x/decision", {"parcours": nom, "etape": nir, "motif_ecart": NOTE, "motif": NOTE * 99}),
    ]
    for path, body in bodies:
        assert (await post(client, path, KEY, body)).status_code in (409, 422)
    broken = json.dumps({"identite": SECRETS}).encode()[:-2]
    await client.post("/v1/dossiers", content=broken, headers=KEY | {"Idempotency-Key": "k", "Content-Type": "text/x"})
    headers = KEY | {"Idempotency-Key": "k", "Content-Type": "application/json"}
    assert (await client.post("/v1/dossiers", content=broken, headers=headers)).status_code == 400


TODAY = date(2026, 6, 1)


def lived(*told: tuple[str, Type, dict[str, Any]]) -> list[Evenement]:
    return [Evenement(date.fromisoformat(day), kind, champs, rank) for rank, (day, kind, champs) in enumerate(told)]


def status(day: str, brsa: bool | None) -> tuple[str, Type, dict[str, Any]]:
    return day, Type.STATUT, {"brsa": brsa, "soumis_dd": brsa}


OUT = {"motif": "EMPLOI_DURABLE"}
CASES = [
    ("a recipient, three years after", True, [status("2022-01-01", True)], "2022-02-01", "2023-05-31", None, True),
    (
        "a recipient, three years to the day",
        True,
        [status("2022-01-01", True)],
        "2022-02-01",
        "2023-06-01",
        None,
        False,
    ),
    (
        "a recipient of whom a feed still tells",
        True,
        [status("2022-01-01", True)],
        "2022-02-01",
        "2022-03-01",
        90,
        False,
    ),
    ("an open episode", True, [status("2020-01-01", True)], "2020-02-01", None, None, False),
    ("unknown, as a recipient", None, [], "2022-02-01", "2023-07-01", None, False),
    ("no recipient, two years after", False, [status("2022-01-01", False)], "2022-02-01", "2024-05-31", None, True),
    ("no recipient, still in contact", False, [status("2022-01-01", False)], "2022-02-01", "2024-06-01", None, False),
    ("no recipient, an open episode", False, [status("2022-01-01", False)], "2022-02-01", None, None, True),
    ("no recipient, of whom only a feed tells", False, [status("2022-01-01", False)], "2022-02-01", None, 90, True),
]


@pytest.mark.parametrize(("name", "brsa", "past", "begun", "ended", "told", "over"), CASES, ids=[c[0] for c in CASES])
def test_an_identity_is_kept_as_long_as_it_may_be(
    name: str, brsa: bool | None, past: list[Any], begun: str, ended: str | None, told: int | None, over: bool
) -> None:
    left = [(ended, Type.SORTIE, OUT)] if ended else []
    signes = Signes(date(2020, 1, 1), TODAY - timedelta(days=told) if told else None)
    assert is_over(lived(*past, (begun, Type.SIGNALEMENT, {}), *left), signes, TODAY) is over


def test_a_dossier_in_which_nothing_happened_is_kept_from_its_opening() -> None:
    assert is_over([], Signes(date(2023, 5, 31)), TODAY)
    assert not is_over([], Signes(date(2023, 6, 1)), TODAY)
    assert years_before(date(2028, 2, 29), 3) == date(2025, 2, 28)


async def test_the_job_erases_what_is_over_and_says_so(own_base: Base) -> None:
    engine = engine_for(own_base.owner_url, schema="orientation", role=role_of("orientation"))
    now = clock.now()
    async with transaction(engine) as session:
        for code, brsa in (("dos-brsa", True), ("dos-autre", False), ("dos-ouvert", True)):
            session.add(Dossier(id=code, pseudonyme=code.encode(), cle="c", ctm="LYON", cree_le=now, modifie_le=now))
            await session.flush()
            for kind, champs in (
                (Type.STATUT, {"brsa": brsa, "soumis_dd": brsa}),
                (Type.SIGNALEMENT, {}),
                (Type.SORTIE, OUT),
            ):
                if kind is not Type.SORTIE or code != "dos-ouvert":
                    await add_evenement(
                        session, dossier=code, jour=clock.today(), nature=kind.value, contenu=champs, acteur="a"
                    )
    erased = "SELECT id FROM dossier WHERE pseudonyme IS NULL AND efface_le IS NOT NULL ORDER BY id"
    for days, expected in ((700, []), (740, [("dos-autre",)]), (1_100, [("dos-autre",), ("dos-brsa",)])):
        with time_machine.travel(now + timedelta(days=days), tick=False):
            await forget(engine, {})
        assert await fetch(own_base, erased) == expected
    assert await fetch(own_base, "SELECT count(*) FROM evenement") == [(8,)]
    told = await fetch(own_base, "SELECT dossier, acteur, operation FROM acces ORDER BY rang")
    assert told == [(code, "systeme:retention", "effacement") for code in ("dos-autre", "dos-brsa")]
    await engine.dispose()
