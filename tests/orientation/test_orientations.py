"""Orientations: the rules propose, an agent decides, what was proposed is proposed again from the same facts."""

import asyncio
import random
import re
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from services.orientation.app import create_app
from services.orientation.episodes.evenements import PARCOURS
from services.orientation.load import FaitFile, read_faits, read_jeux, read_parcours
from services.orientation.models import Dossier
from services.orientation.notices import read_notices, write_notice
from services.orientation.queries.orientations import find_stored
from services.orientation.schemas.orientations import DecisionOut, OrientationOut, OrientationResume, RejeuOut
from services.orientation.service import orientations as service
from services.orientation.service.propositions import Regles
from services.orientation.settings import Settings
from services.orientation.vocabulary import TypeFait
from services.orientation.vocabulary_dossiers import MotifEcart
from shared import clock
from shared.database import engine_for, role_of, transaction
from shared.settings import IdentitySettings
from shared.territoires import read_arbre
from shared.wire import ListeOut
from tests.conftest import Base, client_of
from tests.orientation.desk import agent, faults_of, happened, opened, post, read

KEY = agent("camille")
TNS = {"activite_non_salariee": "ACTIVE", "commune_residence_insee": "69266", "date_naissance": "1980-01-01"}
YOUNG = {"commune_residence_insee": "69266", "date_naissance": "2005-01-01"}
FOLLOWS = {"parcours": "TNS", "etape": "DIRECTE", "organisme": "Réseau des indépendants"}
CODE = re.compile(r"[A-Z0-9]+_[A-Z0-9_]+|\b[A-Z]\d\b|\b[A-Z]{5,}\b")


async def proposed(client: httpx2.AsyncClient, faits: dict[str, Any], **body: Any) -> tuple[str, dict[str, Any]]:
    """Open a dossier and ask for a proposal."""
    code = await opened(client, KEY, faits=faits)
    answer = await post(client, f"/v1/dossiers/{code}/orientations", KEY, body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/v1/dossiers/{code}/orientations/{answer.json()['id']}"
    return code, OrientationOut.model_validate(answer.json()).model_dump(mode="json")


async def decide(client: httpx2.AsyncClient, made: dict[str, Any], body: Any, **own: str) -> httpx2.Response:
    return await post(client, f"/v1/dossiers/{made['dossier']}/orientations/{made['id']}/decision", KEY, body, **own)


async def test_the_rules_propose_from_the_facts_retained(orientation: httpx2.AsyncClient) -> None:
    code, made = await proposed(orientation, TNS | {"brsa": True, "soumis_dd": True})
    assert (made["parcours"], made["modalite"], made["proposition"]["motifs"]) == ("TNS", "DIRECTE", ["D2"])
    assert made["faits"] == TNS | {"brsa": True, "soumis_dd": True, "date_reference": clock.today().isoformat()}
    assert made["provenance"]["brsa"]["source"] == "agent"
    assert (made["acteur"], made["decision"]) == ("camille", None)
    stateless = await post(orientation, "/v1/propositions", KEY, {"faits": made["faits"]})
    assert stateless.json() == made["proposition"]
    whole = await read(orientation, KEY, f"/v1/dossiers/{code}")
    assert whole["derniere_orientation"]["id"] == made["id"]


async def test_what_happened_gives_facts_too(orientation: httpx2.AsyncClient) -> None:
    code = await opened(orientation, KEY, commune="69266")
    absence = {"type": "absence", "modalite": "RIO_COLLECTIVE", "excusee": False}
    told: list[dict[str, Any]] = [
        {"date": "2025-01-01", "type": "statut", "brsa": True, "soumis_dd": True},
        {"date": "2025-01-02", "type": "notification_sdd"},
        *({"date": day, **absence} for day in ("2025-02-01", "2025-02-20")),
    ]
    await happened(orientation, KEY, code, *told)
    answer = await post(orientation, f"/v1/dossiers/{code}/orientations", KEY, {})
    faits = answer.json()["faits"]
    assert (faits["date_notification_sdd"], faits["absences_rio"], faits["brsa"]) == ("2025-01-02", 2, True)
    assert "motif_legitime_absence" not in faits
    assert "M3" in answer.json()["proposition"]["motifs"]


async def test_a_decision_writes_its_event_and_gives_the_notice(orientation: httpx2.AsyncClient) -> None:
    code, made = await proposed(orientation, TNS)
    answer = await decide(orientation, made, FOLLOWS)
    decision = DecisionOut.model_validate(answer.json())
    assert answer.status_code == 201
    assert (decision.acteur, decision.ecart, decision.parcours) == ("camille", False, "TNS")
    assert decision.notification is not None
    assert decision.notification.startswith(
        "Nous vous proposons un premier rendez-vous avec un conseiller spécialisé pour les indépendants (Réseau des "
        "indépendants), parce que vous avez déclaré une activité indépendante. Ce n'est pas une décision automatique :"
    )
    assert "article L. 311-3-1" in decision.notification
    events = (await read(orientation, KEY, f"/v1/dossiers/{code}/evenements"))["elements"]
    assert [(each["type"], each["contenu"]) for each in events] == [
        ("signalement", {}),
        ("orientation", {"parcours": "TNS", "etape": "DIRECTE"}),
    ]
    assert decision.evenement == events[1]["id"]
    assert (await read(orientation, KEY, f"/v1/dossiers/{code}"))["etat"] == "ORIENTE"
    listed = ListeOut[OrientationResume].model_validate(
        await read(orientation, KEY, f"/v1/dossiers/{code}/orientations")
    )
    assert [each.decision for each in listed.elements] == [decision]
    one = await read(orientation, KEY, f"/v1/dossiers/{code}/orientations/{made['id']}")
    assert DecisionOut.model_validate(one["decision"]) == decision


async def test_a_decision_twice_is_a_409_and_a_repeat_of_the_request_the_same_answer(
    orientation: httpx2.AsyncClient, base: Base
) -> None:
    code, made = await proposed(orientation, TNS)
    answers = [await decide(orientation, made, FOLLOWS, **{"Idempotency-Key": "decide"}) for _ in "ab"]
    assert answers[0].json() == answers[1].json()
    again = await decide(orientation, made, FOLLOWS)
    assert (again.status_code, again.json()["code"]) == (409, "DECISION_PRISE")
    other = await post(orientation, f"/v1/dossiers/{code}/orientations", KEY, {})
    twice = await decide(orientation, other.json(), FOLLOWS | {"etape": "APRES_RIO"})
    assert (twice.status_code, faults_of(twice)) == (409, [("/type", "DOUBLE_ORIENTATION")])
    seen = (await read(orientation, KEY, f"/v1/dossiers/{code}/evenements"))["elements"]
    assert [each["type"] for each in seen] == ["signalement", "orientation"]


async def test_two_decisions_at_once_leave_one(orientation: httpx2.AsyncClient) -> None:
    _, made = await proposed(orientation, TNS)
    answers = await asyncio.gather(*(decide(orientation, made, FOLLOWS) for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]


@pytest.mark.parametrize("body", [{"parcours": "SOCIAL", "etape": "APRES_RIO"}, {"parcours": "TNS", "etape": "OFFICE"}])
async def test_a_departure_needs_a_reason_which_is_kept_and_told(
    orientation: httpx2.AsyncClient, body: dict[str, str]
) -> None:
    code, made = await proposed(orientation, TNS)
    refused = await decide(orientation, made, body)
    assert (refused.status_code, faults_of(refused)) == (422, [("/motif_ecart", "ECART_A_MOTIVER")])
    assert (await read(orientation, KEY, f"/v1/dossiers/{code}/evenements"))["total"] == 0
    taken = await decide(orientation, made, body | {"motif_ecart": "SOUHAIT_PERSONNE"})
    assert (taken.status_code, taken.json()["ecart"]) == (201, True)
    assert "parce que vous avez souhaité un autre parcours" in taken.json()["notification"]


async def test_a_reason_without_a_departure_is_refused(orientation: httpx2.AsyncClient) -> None:
    _, made = await proposed(orientation, TNS)
    answer = await decide(orientation, made, FOLLOWS | {"motif_ecart": "SOUHAIT_PERSONNE"})
    assert (answer.status_code, faults_of(answer)) == (422, [("/motif_ecart", "ECART_ABSENT")])


async def test_where_nothing_is_proposed_any_pathway_follows(orientation: httpx2.AsyncClient) -> None:
    _, made = await proposed(orientation, {})
    assert made["parcours"] == "A_DETERMINER"
    answer = await decide(orientation, made, {"parcours": "SOCIO_PRO", "etape": "APRES_ENTRETIEN"})
    assert (answer.status_code, answer.json()["ecart"]) == (201, False)
    assert "parce que les échanges avec vous l'ont montré" in answer.json()["notification"]


async def test_the_joint_accompaniment_is_a_variant_and_not_a_departure(orientation: httpx2.AsyncClient) -> None:
    accompanied = {"accompagnement_en_cours": "FRANCE_TRAVAIL", "commune_residence_insee": "69266"}
    _, made = await proposed(orientation, accompanied)
    assert made["parcours"] == "EMPLOI"
    answer = await decide(orientation, made, {"parcours": "GLOBAL", "etape": "DIRECTE"})
    assert (answer.status_code, answer.json()["ecart"]) == (201, False)


async def test_every_fault_of_a_decision_is_named_and_no_text_is_told(orientation: httpx2.AsyncClient) -> None:
    _, made = await proposed(orientation, TNS)
    body = {"parcours": "Zoé", "organisme": "Zoé" * 100, "motif": ["Zoé"], "motif_ecart": "Zoé", "autre": 1}
    answer = await decide(orientation, made, body)
    assert (answer.status_code, faults_of(answer)) == (422, [("/autre", "CHAMP_INCONNU")])
    del body["autre"]
    answer = await decide(orientation, made, body)
    assert sorted(faults_of(answer)) == [
        ("/etape", "CHAMP_REQUIS"),
        ("/motif", "TYPE_INVALIDE"),
        ("/motif_ecart", "VALEUR_INCONNUE"),
        ("/organisme", "LONGUEUR_INVALIDE"),
        ("/parcours", "VALEUR_INCONNUE"),
    ]
    assert "Zoé" not in answer.text
    unseen = await decide(orientation, made | {"id": "ori-inconnue"}, FOLLOWS)
    assert (unseen.status_code, unseen.json()["code"]) == (404, "ORIENTATION_INCONNUE")


@pytest.mark.parametrize("day", ["2999-01-01", "2026-02-30", 20260101, "hier"])
async def test_the_day_of_the_situation_is_a_day_that_was(orientation: httpx2.AsyncClient, day: Any) -> None:
    code = await opened(orientation, KEY)
    answer = await post(orientation, f"/v1/dossiers/{code}/orientations", KEY, {"date_reference": day})
    assert (answer.status_code, [champ for champ, _ in faults_of(answer)]) == (422, ["/date_reference"])


async def test_the_orientation_of_another_dossier_is_not_found(orientation: httpx2.AsyncClient) -> None:
    _, made = await proposed(orientation, YOUNG)
    other = await opened(orientation, KEY)
    for path in ("", "/rejeu"):
        answer = await orientation.get(f"/v1/dossiers/{other}/orientations/{made['id']}{path}", headers=KEY)
        assert (answer.status_code, answer.json()["code"]) == (404, "ORIENTATION_INCONNUE")


async def test_what_was_proposed_is_proposed_again_even_when_the_facts_have_changed(
    orientation: httpx2.AsyncClient, base: Base, identity: IdentitySettings
) -> None:
    code, made = await proposed(orientation, YOUNG)
    await post(orientation, f"/v1/dossiers/{code}/faits", KEY, {"faits": {"activite_non_salariee": "ACTIVE"}})
    path = f"/v1/dossiers/{code}/orientations/{made['id']}/rejeu"
    told = RejeuOut.model_validate(await read(orientation, KEY, path))
    assert told.identique
    assert told.empreinte_enregistree == told.empreinte_rejouee == made["empreinte"]
    secret = SecretStr("une-autre-cle-" * 3)
    settings = Settings(database_url=base.url_of("orientation"), identity=identity, cle_identite=secret)
    restarted: FastAPI = create_app(settings)
    async with client_of(restarted) as client:
        assert RejeuOut.model_validate(await read(client, KEY, path)) == told


def drawn(randomness: random.Random, faits: list[FaitFile]) -> dict[str, Any]:
    """Facts at random, some unknown, in any order."""
    draw: dict[TypeFait, Callable[[FaitFile], Any]] = {
        TypeFait.DATE: lambda _: f"{randomness.randint(1950, 2024)}-{randomness.randint(1, 12):02}-15",
        TypeFait.BOOLEEN: lambda _: randomness.random() < 0.5,
        TypeFait.ENTIER: lambda _: randomness.randint(0, 4),
        TypeFait.MONTANT: lambda _: randomness.choice([0, 430.5, 499.99, 500, 1200.0, 1e5]),
        TypeFait.COMMUNE: lambda _: randomness.choice(["69266", "69381", "69152", "01004"]),
        TypeFait.CHOIX: lambda fait: randomness.choice(fait.valeurs).valeur,
    }
    found = {fait.code: draw[fait.type](fait) for fait in faits if randomness.random() < 0.6}
    found["date_reference"] = f"{randomness.randint(2022, 2026)}-{randomness.randint(1, 11):02}-20"
    return shuffled(randomness, found)


def shuffled(randomness: random.Random, faits: dict[str, Any]) -> dict[str, Any]:
    names = list(faits)
    randomness.shuffle(names)
    return {name: faits[name] for name in names}


async def test_a_thousand_decisions_are_played_again_alike_after_a_restart_and_in_another_order(own_base: Base) -> None:
    randomness = random.Random(11)  # noqa: S311 -- cases, no secret
    faits, arbre = read_faits(), read_arbre()
    before, after = (Regles(read_jeux(), read_faits(), arbre) for _ in "ab")
    engine = engine_for(own_base.owner_url, schema="orientation", role=role_of("orientation"))
    kept = []
    for batch in range(20):
        async with transaction(engine) as session:
            now = clock.now()
            dossiers = [Dossier(id=f"dos-{batch}-{rank}", cree_le=now, modifie_le=now) for rank in range(50)]
            session.add_all(dossiers)
            await session.flush()
            for dossier in dossiers:
                code = dossier.id
                made = await service.keep_proposal(session, before, code, "camille", drawn(randomness, faits), {})
                stored = await find_stored(session, code, made)
                assert stored is not None
                choix = service.Choix("SOCIO_PRO", "APRES_RIO")
                if service.is_departure(stored, choix):
                    choix = service.Choix("SOCIO_PRO", "APRES_RIO", motif_ecart=MotifEcart.SOUHAIT_PERSONNE)
                await service.decide(session, dossier, made, choix, "camille")
                kept.append((code, made))
    pathways = set()
    async with transaction(engine) as session:
        for code, made in kept:
            stored = await find_stored(session, code, made)
            assert stored is not None
            assert stored.faits is not None
            assert stored.decidee
            again = service.play_again(stored, after)
            assert (again.empreinte, list(again.motifs)) == (stored.empreinte, stored.motifs)
            other = after.propose(shuffled(randomness, stored.faits), "complete")
            assert (other.empreinte, other.parcours) == (stored.empreinte, stored.parcours)
            pathways.add(stored.parcours)
    await engine.dispose()
    assert len(kept) == 1_000
    assert len(pathways) >= 8


def test_a_notice_tells_no_code_whatever_the_rules_and_the_pathway() -> None:
    rules = [regle.code for jeu in read_jeux() for regle in jeu.regles]
    texts = read_notices()
    assert set(texts.motifs) <= set(rules)
    for parcours in texts.accueil:
        for motifs in [[rule] for rule in rules] + [[], ["D3", "C5"]]:
            for ecart in (None, *(each.description for each in MotifEcart)):
                notice = write_notice(parcours, None, motifs, ecart).replace("CADA", "")
                assert not CODE.findall(notice), notice
                assert "L. 311-3-1" in notice
                assert " que il" not in notice
                assert " que une" not in notice


def test_every_pathway_that_can_be_decided_has_its_words() -> None:
    assert set(read_notices().accueil) == set(PARCOURS)
    assert {each.code for each in read_parcours() if each.nature == "parcours"} <= set(read_notices().accueil)
