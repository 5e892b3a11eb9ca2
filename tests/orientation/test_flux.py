"""Partner feeds: each line has a fate, what is refused is named, nothing tells who anybody is."""

import asyncio
import gzip
import json
import logging
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from gateway.cli.identity import DevelopmentIssuer
from services.orientation.schemas.flux import FauteLigne, FluxOut, FluxResume
from shared import clock
from shared.settings import IdentitySettings
from shared.wire import ListeOut
from tests.conftest import Base
from tests.indicators.keys import believe_also, make_key
from tests.orientation.feeds import as_file, counters, dump, events, faults, fetch, person, push, send

SDD = {"brsa": True, "soumis_dd": True}
NOT_SDD = {"brsa": True, "soumis_dd": False}
LATER, EARLIER = "2026-02-02T08:00:00+01:00", "2025-12-02T08:00:00+01:00"
Key = dict[str, str]


@pytest.fixture(scope="session")
def identity(issuer: DevelopmentIssuer) -> IdentitySettings:
    """The settings that make services believe the issuer, and the restricted keys made here."""
    known = issuer.environment
    return believe_also(IdentitySettings(issuer=known["IDENTITY_ISSUER"], jwks=known["IDENTITY_JWKS"]))


@pytest.fixture
def partner(bearer: Callable[[str], Key]) -> Key:
    """The key of a system that pushes."""
    return bearer("partenaire")


async def test_a_new_person_subject_to_duties_has_a_status_and_a_notification_on_the_day_of_reception(
    orientation: httpx2.AsyncClient, base: Base, partner: Key
) -> None:
    row = person(1, {**SDD, "commune_residence_insee": "69266"}, ref="1")
    answer = await push(orientation, partner, [row], source="neuf")
    report = FluxOut.model_validate(answer.json())
    assert (answer.status_code, counters(answer.json())) == (200, {"creees": 1})
    assert await events(base, "neuf") == [("statut", SDD), ("notification_sdd", {})]
    days = await fetch(base, "SELECT DISTINCT date FROM evenement")
    assert (clock.today(),) in days
    place = await fetch(base, "SELECT commune, ctm FROM dossier WHERE commune = '69266'")
    assert place[0][1] is not None
    assert answer.headers["location"] == f"/v1/flux/{report.id}"
    read = await orientation.get(f"/v1/flux/{report.id}", headers=partner)
    assert FluxOut.model_validate(read.json()) == report


async def test_the_same_file_again_gives_the_same_report_and_changes_nothing(
    orientation: httpx2.AsyncClient, base: Base, partner: Key
) -> None:
    rows = [person(10, SDD), person(11, {"brsa": "oui"}, ref="b")]
    first = await push(orientation, partner, rows, source="repete")
    before = await dump(base)
    again = await push(orientation, partner, rows, source="repete")
    assert (first.status_code, again.status_code) == (207, 207)
    assert first.json() == again.json()
    assert before.count("evt-") == (await dump(base)).count("evt-")
    assert len(await fetch(base, "SELECT FROM flux_recu WHERE source = 'repete'")) == 1


async def test_two_copies_at_once_act_once(orientation: httpx2.AsyncClient, base: Base, partner: Key) -> None:
    body = as_file([person(20 + rank, SDD) for rank in range(50)], source="double")
    answers = await asyncio.gather(*(send(orientation, partner, body) for _ in range(4)))
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert len(await events(base, "double")) == 100


async def test_two_files_at_once_on_the_same_persons_make_one_dossier_each(
    orientation: httpx2.AsyncClient, base: Base, partner: Key
) -> None:
    files = [
        as_file([person(100 + rank, SDD) for rank in range(30)], source=f"ensemble-{name}", extrait_le=when)
        for name, when in (("a", LATER), ("b", EARLIER), ("c", LATER))
    ]
    answers = await asyncio.gather(*(send(orientation, partner, body) for body in files))
    assert sum(answer.json()["creees"] for answer in answers) == 30
    query = "SELECT count(DISTINCT dossier) FROM fait_recu WHERE source LIKE 'ensemble-%'"
    assert await fetch(base, query) == [(30,)]
    notified = [kind for kind, _ in await events(base, "ensemble-a") if kind == "notification_sdd"]
    assert len(notified) == 30


async def test_an_old_extraction_never_overwrites_a_newer_one(
    orientation: httpx2.AsyncClient, base: Base, partner: Key
) -> None:
    await push(orientation, partner, [person(200, NOT_SDD), person(201, SDD)], source="age", extrait_le=LATER)
    rows = [person(200, SDD), person(201, SDD)]
    late = (await push(orientation, partner, rows, source="age", extrait_le=EARLIER)).json()
    assert counters(late) == {"perimees": 1, "inchangees": 1}
    assert faults(late, "avertissements") == [(0, "/faits/soumis_dd", "EXTRACTION_ANCIENNE")]
    assert [contenu for kind, contenu in await events(base, "age") if kind == "statut"].count(SDD) == 1
    kept = "SELECT DISTINCT extrait_le::date FROM fait_recu WHERE source = 'age'"
    assert [str(day) for (day,) in await fetch(base, kept)] == ["2026-02-02"]


async def test_a_person_is_notified_once_an_episode(orientation: httpx2.AsyncClient, base: Base, partner: Key) -> None:
    for month, faits in enumerate((NOT_SDD, SDD, NOT_SDD, SDD), 1):
        when = f"2026-0{month}-02T08:00:00+01:00"
        report = (await push(orientation, partner, [person(300, faits)], source="une-fois", extrait_le=when)).json()
        assert counters(report) == ({"creees": 1} if month == 1 else {"modifiees": 1})
    kinds = [kind for kind, _ in await events(base, "une-fois")]
    assert (kinds.count("statut"), kinds.count("notification_sdd")) == (4, 1)
    explicit = person(300, evenement={"type": "notification_sdd", "date": "2026-01-01"})
    report = (await push(orientation, partner, [explicit], source="une-fois", extrait_le=LATER)).json()
    assert counters(report) == {"inchangees": 1}


async def test_what_was_declared_is_not_confirmed_and_opens_an_episode(
    orientation: httpx2.AsyncClient, base: Base, partner: Key
) -> None:
    rows = [person(310, {"logement": "HEBERGE"})]
    await push(orientation, partner, rows, source="instruction", flux="caf-instruction")
    await push(orientation, partner, rows, source="instruction", flux="caf-instruction", extrait_le=LATER)
    assert await events(base, "instruction") == [("signalement", {})]
    assert await fetch(base, "SELECT code, confirme FROM fait_recu WHERE source = 'instruction'") == [
        ("logement", False)
    ]


async def test_a_decision_of_france_travail_is_an_event_like_another(
    orientation: httpx2.AsyncClient, base: Base, partner: Key
) -> None:
    row = {
        "identite": {"identifiant_ft": "12345678901"},
        "faits": {"inscrit_ft": True, "preconisation_ft": "EMPLOI"},
        "evenement": {"type": "orientation", "date": "2026-01-15", "parcours": "EMPLOI", "etape": "OFFICE"},
    }
    for when in (EARLIER, LATER):
        await push(orientation, partner, [row], source="ft", flux="ft-orientations", extrait_le=when)
    assert await events(base, "ft") == [("orientation", {"parcours": "EMPLOI", "etape": "OFFICE"})]


async def test_who_only_resembles_is_left_to_a_human(orientation: httpx2.AsyncClient, base: Base, partner: Key) -> None:
    name = {"nom": "Dupont-Été", "prenom": "Zoé", "commune": "69266"}
    await push(orientation, partner, [person(400, SDD, identite=name)], source="noms")
    alike = {**name, "nom": "DUPONT ETE", "date_naissance": "1990-04-01"}
    rows = [{"identite": alike, "faits": SDD}, person(401, SDD, identite=name)]
    report = (await push(orientation, partner, rows, source="noms", extrait_le=LATER)).json()
    assert counters(report) == {"a_rapprocher": 2}
    assert {code for _, _, code in faults(report, "avertissements")} == {"RAPPROCHEMENT_A_FAIRE"}
    assert await fetch(base, "SELECT count(DISTINCT dossier) FROM fait_recu WHERE source = 'noms'") == [(1,)]


async def test_identifiers_of_two_persons_on_one_line_are_left_to_a_human(
    orientation: httpx2.AsyncClient, partner: Key
) -> None:
    await push(orientation, partner, [person(410), person(411, identite={"numdemrsa": "AB123456789"})], source="deux")
    both = person(410, SDD, identite={"numdemrsa": "AB123456789"})
    report = (await push(orientation, partner, [both], source="deux")).json()
    assert (counters(report), faults(report, "avertissements")) == (
        {"a_rapprocher": 1},
        [(0, "/identite", "IDENTITE_AMBIGUE")],
    )


@pytest.mark.parametrize(
    ("row", "champ", "code"),
    [
        ([], "", "TYPE_INVALIDE"),
        ({"faits": {}}, "/identite", "CHAMP_REQUIS"),
        ({"identite": {}}, "/identite", "IDENTITE_INSUFFISANTE"),
        (person(1, identite={"nir": "190016938200112"}), "/identite/nir", "VALEUR_INVALIDE"),
        (person(1, identite={"date_naissance": "1990-02-30"}), "/identite/date_naissance", "DATE_INVALIDE"),
        (person(1, identite={"matricule": 12}), "/identite/matricule", "TYPE_INVALIDE"),
        (person(1, {"brsa": 1}), "/faits/brsa", "TYPE_INVALIDE"),
        (person(1, {"activite_non_salariee": "OUI"}), "/faits/activite_non_salariee", "VALEUR_INCONNUE"),
        (person(1, {"date_naissance": "2999-01-01"}), "/faits/date_naissance", "HORS_BORNES"),
        (person(1, {"revenu_activite_moyen_trim": -1}), "/faits/revenu_activite_moyen_trim", "HORS_BORNES"),
        (person(1, {"commune_residence_insee": "Lyon"}), "/faits/commune_residence_insee", "VALEUR_INVALIDE"),
        (person(1, {"couleur": "x"}), "/faits/couleur", "CHAMP_INCONNU"),
        (person(1, autre=1), "/autre", "CHAMP_INCONNU"),
        (person(1, ref="1900169382001"), "/ref", "VALEUR_INVALIDE"),
        (person(1, ref="x-0000001"), "/ref", "VALEUR_INVALIDE"),
        (person(1, evenement={"type": "sortie"}), "/evenement/type", "EVENEMENT_REFUSE"),
        (person(1, evenement={}), "/evenement/type", "CHAMP_REQUIS"),
        (person(1, evenement={"type": "signalement", "date": "2999-01-01"}), "/evenement/date", "HORS_BORNES"),
        (person(1, evenement={"type": "signalement", "x": 1}), "/evenement", "CHAMP_INCONNU"),
        (person(1, {"brsa": True}, evenement={"type": "statut", "brsa": False}), "/evenement/brsa", "VALEUR_INVALIDE"),
    ],
)
async def test_a_bad_line_is_rejected_and_the_good_one_taken(
    orientation: httpx2.AsyncClient, partner: Key, row: Any, champ: str, code: str
) -> None:
    answer = await push(orientation, partner, [row, person(500)], source="fautes")
    assert (answer.status_code, answer.json()["rejetees"]) == (207, 1)
    assert (0, champ, code) in faults(answer.json())
    alone = await push(orientation, partner, [row], source="seules")
    assert (alone.status_code, alone.json()["code"]) == (422, "FLUX_SANS_LIGNE_ACCEPTEE")


async def test_a_wrong_number_refuses_the_file_and_a_file_is_judged_again_once_refused(
    orientation: httpx2.AsyncClient, base: Base, partner: Key
) -> None:
    body = as_file([person(600, SDD)], source="coupe", nombre=2)
    answers = [await send(orientation, partner, body) for _ in range(2)]
    assert [(a.status_code, a.json()["code"]) for a in answers] == [(422, "NOMBRE_DIFFERENT")] * 2
    assert counters(answers[0].json()) == {"ecartees": 1}
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert await events(base, "coupe") == []


async def test_a_line_that_contradicts_another_on_the_same_person_is_rejected(
    orientation: httpx2.AsyncClient, partner: Key
) -> None:
    rows = [person(610, SDD), person(610, NOT_SDD), person(610, SDD)]
    report = (await push(orientation, partner, rows, source="contredit")).json()
    assert counters(report) == {"creees": 1, "rejetees": 1, "inchangees": 1}
    assert faults(report) == [(1, "/faits/soumis_dd", "PERSONNE_REPETEE")]


PLANTED = ("SECRETNOM", "1900169382001", "FR7630006000011234567890189", "7654321", "SECRETENFANT", "SECRETLIBRE")


async def test_nothing_personal_is_told_kept_or_logged(
    orientation: httpx2.AsyncClient, base: Base, partner: Key, caplog: pytest.LogCaptureFixture
) -> None:
    identite = {"nom": "SECRETNOM", "prenom": "SECRETNOM", "matricule": "7654321", "nir": "1900169382001"}
    loose = {"iban": "FR7630006000011234567890189", "enfants": ["SECRETENFANT"], "sante": "SECRETLIBRE"}
    rows = [
        person(0, {**SDD, **loose}, identite=identite),
        person(0, {"brsa": "SECRETLIBRE", "SECRETNOM": 1}, identite=identite, ref="7654321"),
        person(0, {"SECRET NOM": 1}, identite={**identite, "SECRETNOM": 2}, evenement={"SECRETNOM": 3}),
    ]
    with caplog.at_level(logging.DEBUG):
        answer = await push(orientation, partner, rows, source="plante")
        broken = await send(orientation, partner, as_file([]) + b'\n{"SECRETNOM": 1, "SECRETNOM": 2}')
    assert (answer.status_code, broken.status_code) == (207, 400)
    named = {champ for _, champ, _ in faults(answer.json(), "avertissements")}
    assert {"/faits/iban", "/faits/enfants", "/faits/sante"} <= named
    seen = answer.text + broken.text + caplog.text + await dump(base)
    assert [word for word in PLANTED if word in seen] == []


async def test_a_nir_never_serves_for_who_has_no_rsa(orientation: httpx2.AsyncClient, base: Base, partner: Key) -> None:
    row = person(700, {"brsa": False}, identite={"nir": "1900169382001"})
    report = (await push(orientation, partner, [row], source="sans-rsa")).json()
    assert faults(report, "avertissements") == [(0, "/identite/nir", "CHAMP_REFUSE")]


async def test_the_door_of_feeds(orientation: httpx2.AsyncClient, partner: Key, bearer: Callable[[str], Key]) -> None:
    body = as_file([person(800)], source="porte")
    zipped = await send(orientation, partner, gzip.compress(body), **{"Content-Encoding": "gzip"})
    assert zipped.status_code == 200
    assert (await send(orientation, {}, body)).status_code == 401
    assert (await send(orientation, bearer("agent"), body)).status_code == 403
    assert (await send(orientation, partner, body, **{"Content-Type": "application/json"})).status_code == 415
    assert (await send(orientation, partner, b"")).status_code == 400
    assert (await send(orientation, partner, b"{")).status_code == 400
    keyless = {"Content-Type": "application/x-ndjson", **partner}
    assert (await orientation.post("/v1/flux", content=body, headers=keyless)).json()["code"] == "CLE_REQUISE"
    assert (await orientation.get("/v1/flux/flux-0", headers=partner)).json()["code"] == "FLUX_INCONNU"


@pytest.mark.parametrize(
    ("enveloppe", "champ"),
    [
        ({"flux": "caf-beneficiaire"}, "/enveloppe/flux"),
        ({"extrait_le": "2026-01-02T08:00:00"}, "/enveloppe/extrait_le"),
        ({"extrait_le": "2999-01-02T08:00:00Z"}, "/enveloppe/extrait_le"),
        ({"nombre": -1}, "/enveloppe/nombre"),
        ({"autre": 1}, "/enveloppe/autre"),
    ],
)
async def test_a_bad_envelope_refuses_the_file(
    orientation: httpx2.AsyncClient, partner: Key, enveloppe: dict[str, Any], champ: str
) -> None:
    answer = await push(orientation, partner, [person(1)], **enveloppe)
    assert (answer.status_code, answer.json()["erreurs"][0]["champ"]) == (422, champ)


async def test_a_partner_lists_its_files_and_their_faults(orientation: httpx2.AsyncClient, partner: Key) -> None:
    rows = [person(1, {"brsa": rank}, ref=f"l{rank}") for rank in range(2, 7)]
    report = (await push(orientation, partner, [*rows, person(900)], source="liste")).json()
    listed = ListeOut[FluxResume].model_validate(
        (await orientation.get("/v1/flux?source=liste", headers=partner)).json()
    )
    assert [each.id for each in listed.elements] == [report["id"]]
    page = (await orientation.get(f"/v1/flux/{report['id']}/rejets?limite=3", headers=partner)).json()
    rest = f"/v1/flux/{report['id']}/rejets?limite=3&curseur={page['curseur_suivant']}"
    more = (await orientation.get(rest, headers=partner)).json()
    told = [FauteLigne.model_validate(each) for each in page["elements"] + more["elements"]]
    assert [each.ref for each in told] == ["l2", "l3", "l4", "l5", "l6"]
    assert json.dumps(page["elements"][0], ensure_ascii=False).count("brsa") == 1


async def test_a_key_sees_and_pushes_its_own_sources_only(orientation: httpx2.AsyncClient, partner: Key) -> None:
    mine = make_key("msa-1", "orientation:pousser", sources=["msa-a"])
    beside = make_key("msa-2", "orientation:pousser", sources=["msa-a"])
    other = make_key("msa-3", "orientation:pousser", sources=["msa-b"])
    answer = await push(orientation, mine, [person(950)], source="msa-a", flux="msa-beneficiaires")
    assert answer.status_code == 200
    refused = await push(orientation, other, [person(950)], source="msa-a", flux="msa-beneficiaires")
    assert (refused.status_code, refused.json()["code"]) == (403, "DROIT_INSUFFISANT")
    path = f"/v1/flux/{answer.json()['id']}"
    seen = [(await orientation.get(path, headers=key)).status_code for key in (mine, beside, other, partner)]
    assert seen == [200, 200, 404, 404]
    assert (await orientation.get(f"{path}/rejets", headers=other)).status_code == 404
