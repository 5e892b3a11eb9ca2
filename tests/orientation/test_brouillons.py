"""Drafts of rule sets: whole from the first, seen by those who write them, corrected without overwriting anybody."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from services.orientation.load import read_cas, read_faits, read_jeux, read_parcours
from services.orientation.rules.facts import check_faits, define
from services.orientation.rules.verification import Lexique, list_faults
from services.orientation.schemas.cas_regles import RapportCasOut
from services.orientation.schemas.regles import JeuOut
from services.orientation.vocabulary import Modalite
from tests.orientation.drafts import FIRST, PATH, Key, codes, draft, edit, in_days, post, with_value
from tests.orientation.test_regles import CASES, COMPARED


@pytest.fixture(scope="module")
def pilot(bearer: Callable[[str], Key]) -> Key:
    return bearer("pilote")


@pytest.fixture(scope="module")
def admin(bearer: Callable[[str], Key]) -> Key:
    return bearer("admin")


def test_the_reviewed_rule_sets_have_no_fault() -> None:
    faits = read_faits()
    lexique = Lexique(define(faits), [each.code for each in read_parcours()], list(Modalite))
    assert [list_faults(jeu, lexique) for jeu in read_jeux()] == [[]]


def test_the_cases_of_the_product_are_the_worked_cases() -> None:
    definitions = define(read_faits())
    kept = [{"ref": c.ref, "titre": c.titre, "faits": c.faits, "attendu": c.attendu.model_dump()} for c in read_cas()]
    assert kept == [
        {"ref": c["id"], "titre": c["titre"], "faits": c["faits"], "attendu": {"signalements": [], **c["attendu"]}}
        for c in CASES
    ]
    assert not [cas["ref"] for cas in kept if isinstance(check_faits(cas["faits"], definitions), list)]
    assert all(set(cas.attendu.model_dump()) == set(COMPARED) for cas in read_cas())


async def test_a_draft_is_seen_by_those_who_write_rules_and_by_nobody_else(
    orientation: httpx2.AsyncClient, pilot: Key, admin: Key, bearer: Callable[[str], Key]
) -> None:
    made = await draft(orientation, pilot, version="rio-vu.1", valide_du=in_days(3))
    path = f"{PATH}/{made['version']}"
    for key in (pilot, admin):
        seen = await orientation.get(path, headers=key)
        shown = JeuOut.model_validate_json(seen.content)
        assert shown.vie is not None
        assert (shown.statut, shown.vie.auteurs, str(shown.valide_du)) == ("brouillon", ["dev-pilote"], in_days(3))
        assert seen.headers["cache-control"] == "no-store"
        listed = await orientation.get(PATH, headers=key)
        assert [each["statut"] for each in listed.json()["elements"] if each["version"] == made["version"]]
    for other in ({}, bearer("lecteur"), bearer("agent")):
        assert (await orientation.get(path, headers=other)).status_code == 404
        public = await orientation.get(PATH, headers=other)
        assert [each["version"] for each in public.json()["elements"]] == [FIRST]
        assert public.headers["cache-control"] == "no-cache"
    assert (await post(orientation, PATH, {}, {"depuis": FIRST})).status_code == 401
    assert (await post(orientation, PATH, bearer("agent"), {"depuis": FIRST})).status_code == 403


async def test_what_is_read_of_a_rule_set_may_be_sent_back_as_a_draft(
    orientation: httpx2.AsyncClient, pilot: Key
) -> None:
    read = (await orientation.get(f"{PATH}/{FIRST}")).json()
    answer = await post(orientation, PATH, pilot, {**read, "version": "rio-relu.1"})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{PATH}/rio-relu.1"
    made = answer.json()
    for name in ("parametres", "regles", "signalements", "libelle", "auteur", "valide_du"):
        assert made[name] == read[name]
    assert made["empreinte"] != read["empreinte"], "its version is part of a rule set"


async def test_a_copy_begins_tomorrow_under_a_free_version(orientation: httpx2.AsyncClient, pilot: Key) -> None:
    made = [await draft(orientation, pilot) for _ in range(2)]
    assert made[0]["version"] != made[1]["version"]
    assert [each["valide_du"] for each in made] == [in_days(1)] * 2
    assert [each["valide_au"] for each in made] == [None, None]
    again = await post(orientation, PATH, pilot, {"depuis": FIRST, "version": made[0]["version"]})
    assert (again.status_code, again.json()["code"]) == (409, "REGLES_EXISTANTES")
    taken = await post(orientation, PATH, pilot, {"depuis": FIRST, "version": FIRST})
    assert (taken.status_code, taken.json()["code"]) == (409, "REGLES_EXISTANTES")
    both = await post(orientation, PATH, pilot, {"depuis": FIRST, "version": FIRST, "libelle": ""})
    assert codes(both) == [("/libelle", "LONGUEUR_INVALIDE")]
    unknown = await post(orientation, PATH, pilot, {"depuis": "rio-2022.1."})
    assert codes(unknown) == [("/depuis", "CODE_INCONNU")]
    assert unknown.json()["erreurs"][0]["suggestion"] == FIRST


async def test_a_draft_sent_twice_under_one_key_is_one_draft(orientation: httpx2.AsyncClient, pilot: Key) -> None:
    headers = {**pilot, "Idempotency-Key": "un-seul-brouillon"}
    body = {"depuis": FIRST, "version": "rio-deux-fois"}
    answers = [await orientation.post(PATH, json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert answers[1].headers["idempotent-replayed"] == "true"
    without = await orientation.post(PATH, json=body, headers=pilot)
    assert (without.status_code, without.json()["code"]) == (400, "CLE_REQUISE")


RULE = {"code": "D9", "etape": "D", "libelle": "Un essai", "fondement": "choix", "source": "un essai"}
DIRECT = {"parcours": "EMPLOI", "modalite": "DIRECTE"}


def rule(*conditions: Any, etape: str = "D", **variante: Any) -> dict[str, Any]:
    return {**RULE, "etape": etape, "variantes": [{**DIRECT, **variante, "conditions": list(conditions)}]}


WRONG: list[tuple[dict[str, Any], str, str]] = [
    (rule({"fait": "brsaa", "est": ["true"]}), "/conditions/0/fait", "CODE_INCONNU"),
    (rule({"fait": "brsa", "est": ["oui"]}), "/conditions/0/est/0", "VALEUR_INCONNUE"),
    (rule({"fait": "brsa", "est": []}), "/conditions/0/est", "LONGUEUR_INVALIDE"),
    (rule({"fait": "brsa", "au_moins": "1"}), "/conditions/0/au_moins", "CONDITION_INAPPLICABLE"),
    (rule({"fait": "age", "est": ["18"]}), "/conditions/0/est", "CONDITION_INAPPLICABLE"),
    (rule({"fait": "age", "au_moins": "age_majeur"}), "/conditions/0/au_moins", "CODE_INCONNU"),
    (rule({"fait": "age", "au_moins": "²"}), "/conditions/0/au_moins", "VALEUR_INVALIDE"),
    (rule({"fait": "date_naissance", "est": ["1990-01-01"]}), "/conditions/0/est", "CONDITION_INAPPLICABLE"),
    (rule({"fait": "commune_residence_insee", "est": ["Lyon"]}), "/conditions/0/est/0", "VALEUR_INVALIDE"),
    (rule({"tous": [{"fait": "sante", "est": ["BONNE"]}]}), "/conditions/0/tous/0/est/0", "VALEUR_INCONNUE"),
    (rule({"un": []}), "/conditions/0/un", "LONGUEUR_INVALIDE"),
    (rule({"fait": "brsa"}), "/conditions/0", "COMPARAISON_INVALIDE"),
    (rule({"est": ["true"]}), "/conditions/0", "GROUPE_INVALIDE"),
    (rule({"fait": "brsa", "egal": 1}), "/conditions/0/egal", "CHAMP_INCONNU"),
    (rule({"fait": "brsa", "differe_du_parcours": False}), "/conditions/0/differe_du_parcours", "VALEUR_INCONNUE"),
    (rule(parcours="TNSS"), "/parcours", "CODE_INCONNU"),
    (rule(parcours=None), "/parcours", "CHAMP_REQUIS"),
    (rule(modalite="COLLECTIVE"), "/modalite", "CODE_INCONNU"),
    (rule(etape="K"), "/apres", "CHAMP_REQUIS"),
    (rule(etape="K", apres=["D7"]), "/apres/0", "CODE_INCONNU"),
    (rule(valide_du="2027-01-02", valide_au="2027-01-01"), "", "DATES_INVERSEES"),
    (rule(valide_du="9999-12-31"), "/valide_du", "HORS_BORNES"),
    (rule({"fait": "logement", "est": ["STABLE"]}, etape="C"), "/conditions/0/fait", "CODE_INCONNU"),
    (rule({"fait": "sante", "connu": True}, etape="C"), "/conditions/0/connu", "CONDITION_INAPPLICABLE"),
]


@pytest.mark.parametrize(("wrong", "place", "code"), WRONG)
async def test_a_wrong_rule_is_refused_by_its_place(
    orientation: httpx2.AsyncClient, pilot: Key, wrong: dict[str, Any], place: str, code: str
) -> None:
    read = (await orientation.get(f"{PATH}/{FIRST}")).json()
    answer = await post(orientation, PATH, pilot, {**read, "version": "rio-faux.1", "regles": [wrong, *read["regles"]]})
    assert answer.status_code == 422, answer.text
    assert codes(answer) == [(f"/regles/0/variantes/0{place}", code)]
    assert (await orientation.get(f"{PATH}/rio-faux.1", headers=pilot)).status_code == 404


async def test_every_fault_of_a_rule_set_is_named_at_once(orientation: httpx2.AsyncClient, pilot: Key) -> None:
    read = (await orientation.get(f"{PATH}/{FIRST}")).json()
    seuil, mois, *others = read["parametres"]
    seuil = {**seuil, "lu_a": "date_naissance", "valeurs": seuil["valeurs"] * 2}
    mois = {**mois, "valeurs": [{**mois["valeurs"][0], "valeur": 121}]}
    regles = [each for each in read["regles"] if each["code"] != "X_INDETERMINE"]
    signalements = [*read["signalements"], {**read["signalements"][0], "sans": ["Z9"], "seule": "D1"}]
    body = {
        "version": "rio-faux.2",
        "libelle": read["libelle"],
        "auteur": read["auteur"],
        "parametres": [seuil, mois, *others[1:]],
        "regles": [*regles, regles[0]],
        "signalements": signalements,
    }
    answer = await post(orientation, PATH, pilot, body)
    assert answer.status_code == 422
    last_rule, last_warning = f"/regles/{len(regles)}", f"/signalements/{len(read['signalements'])}"
    assert set(codes(answer)) == {
        (f"{last_rule}/code", "CODE_REPETE"),
        (f"{last_warning}/code", "CODE_REPETE"),
        (f"{last_warning}/sans/0", "CODE_INCONNU"),
        (f"{last_warning}/seule", "CODE_INCONNU"),
        ("/parametres", "CHAMP_REQUIS"),
        ("/parametres/0/lu_a", "VALEUR_INVALIDE"),
        ("/parametres/0/valeurs/1", "VALEURS_SIMULTANEES"),
        ("/parametres/1/valeurs/0/valeur", "HORS_BORNES"),
        ("/regles", "REGLE_REQUISE"),
    }
    bare = await post(orientation, PATH, pilot, {"version": "rio-faux.3", "autre": 1})
    assert codes(bare) == [("/autre", "CHAMP_INCONNU")]
    empty = await post(orientation, PATH, pilot, {})
    assert {champ for champ, code in codes(empty) if code == "CHAMP_REQUIS"} >= {"/version", "/regles", "/libelle"}


async def test_on_each_of_its_days_a_rule_set_answers_every_case(orientation: httpx2.AsyncClient, pilot: Key) -> None:
    read = (await orientation.get(f"{PATH}/{FIRST}")).json()
    parametres = json.loads(json.dumps(read["parametres"]))
    senior = next(rank for rank, each in enumerate(parametres) if each["code"] == "age_senior")
    parametres[senior]["valeurs"][0]["valide_au"] = in_days(30)
    meeting = [{**each, "variantes": [{**each["variantes"][0], "valide_au": in_days(9)}]} for each in read["regles"]]
    regles = [new if old["code"] == "M0" else old for old, new in zip(read["regles"], meeting, strict=True)]
    body = {**read, "version": "rio-trou.1", "valide_du": in_days(1), "parametres": parametres, "regles": regles}
    answer = await post(orientation, PATH, pilot, body)
    assert set(codes(answer)) == {(f"/parametres/{senior}/valeurs", "SEUIL_ABSENT"), ("/regles", "REGLE_REQUISE")}
    assert in_days(31) in answer.text
    closed = await post(orientation, PATH, pilot, {**body, "valide_au": in_days(9)})
    assert closed.status_code == 201, "what is lacking after its last day is not lacking"


async def test_a_draft_is_corrected_by_who_read_its_last_state(
    orientation: httpx2.AsyncClient, pilot: Key, admin: Key
) -> None:
    made = await draft(orientation, pilot, version="rio-corrige.1")
    path = f"{PATH}/rio-corrige.1"
    assert (await orientation.put(path, json=made, headers=pilot)).status_code == 428
    stale = await orientation.put(path, json=made, headers={**pilot, "If-Match": '"autre"'})
    assert stale.status_code == 412
    changed = await edit(orientation, admin, with_value(made, "age_senior", 62))
    assert changed.status_code == 200, changed.text
    shown = changed.json()
    assert shown["vie"]["auteurs"] == ["dev-pilote", "dev-admin"]
    assert shown["empreinte"] != made["empreinte"]
    assert changed.headers["etag"] == (await orientation.get(path, headers=pilot)).headers["etag"]
    back = await edit(orientation, pilot, {**shown, **{name: made[name] for name in ("parametres", "regles")}})
    assert back.json()["empreinte"] == made["empreinte"]
    other = await edit(orientation, pilot, made, **{"If-Match": '"x"'})
    assert other.status_code == 412
    renamed = await orientation.put(path, json={**made, "version": "rio-autre"}, headers={**pilot, "If-Match": "*"})
    assert codes(renamed) == [("/version", "VALEUR_INVALIDE")]
    absent = await orientation.put(f"{PATH}/rio-absent", json={**made, "version": "rio-absent"}, headers=pilot)
    assert (absent.status_code, absent.json()["code"]) == (404, "REGLES_INCONNUES")


async def test_a_reviewed_rule_set_is_never_edited(orientation: httpx2.AsyncClient, pilot: Key) -> None:
    path = f"{PATH}/{FIRST}"
    read = await orientation.get(path, headers=pilot)
    refused = await edit(orientation, pilot, with_value(read.json(), "age_senior", 62))
    assert (refused.status_code, refused.json()["code"]) == (409, "REGLES_PUBLIEES")
    for part in ("cas", "publication"):
        answer = await post(orientation, f"{path}/{part}", pilot)
        assert (answer.status_code, answer.json()["code"]) == (409, "REGLES_PUBLIEES")
        absent = await post(orientation, f"{PATH}/rio-absent/{part}", pilot)
        assert (absent.status_code, absent.json()["code"]) == (404, "REGLES_INCONNUES")
    assert (await orientation.get(path, headers=pilot)).content == read.content


async def test_the_cases_of_a_draft_are_played_with_those_of_the_product_and_kept(
    orientation: httpx2.AsyncClient, pilot: Key
) -> None:
    made = await draft(orientation, pilot, version="rio-cas.1")
    path = f"{PATH}/rio-cas.1"
    green = RapportCasOut.model_validate_json((await post(orientation, f"{path}/cas", pilot)).content)
    assert (green.vert, green.joues, green.ecarts, green.empreinte) == (True, len(CASES), [], made["empreinte"])
    older = await edit(orientation, pilot, with_value(made, "age_jeunes_max", 21))
    assert older.json()["vie"]["rapport"]["empreinte"] == made["empreinte"], "the report is of the former content"
    red = (await post(orientation, f"{path}/cas", pilot)).json()
    assert not red["vert"]
    assert red["empreinte"] == older.json()["empreinte"]
    gaps = {str(ecart["ref"]): ecart for ecart in red["ecarts"]}
    assert gaps
    own = [
        {**next(c for c in kept_cases() if c["ref"] == ref), "attendu": ecart["obtenu"]} for ref, ecart in gaps.items()
    ]
    wanted = (await post(orientation, f"{path}/cas", pilot, {"cas": own})).json()
    assert (wanted["vert"], wanted["joues"], wanted["remplaces"]) == (True, len(CASES), sorted(gaps))
    again = (await post(orientation, f"{path}/cas", pilot)).json()
    assert (again["vert"], again["remplaces"]) == (True, sorted(gaps)), "cases are kept with the draft"
    shown = (await orientation.get(path, headers=pilot)).json()["vie"]
    assert [cas["ref"] for cas in shown["cas"]] == [cas["ref"] for cas in own]
    assert shown["rapport"] == again


def kept_cases() -> list[dict[str, Any]]:
    return [cas.model_dump(mode="json") for cas in read_cas()]


async def test_a_wrong_case_is_refused_by_its_place(orientation: httpx2.AsyncClient, pilot: Key) -> None:
    await draft(orientation, pilot, version="rio-cas.2")
    good = kept_cases()[0]
    cases = [
        good,
        {**good, "faits": {"brsa": "oui"}},
        {**good, "ref": "b", "attendu": {**good["attendu"], "parcours": "TNSS", "modalite": "DIRECT"}},
    ]
    answer = await post(orientation, f"{PATH}/rio-cas.2/cas", pilot, {"cas": cases})
    assert answer.status_code == 422
    assert codes(answer) == [
        ("/cas/1/faits/brsa", "TYPE_INVALIDE"),
        ("/cas/1/faits/date_reference", "CHAMP_REQUIS"),
        ("/cas/1/ref", "CODE_REPETE"),
        ("/cas/2/attendu/parcours", "CODE_INCONNU"),
        ("/cas/2/attendu/modalite", "CODE_INCONNU"),
    ]
    shown = (await orientation.get(f"{PATH}/rio-cas.2", headers=pilot)).json()["vie"]
    assert (shown["cas"], shown["rapport"]) == ([], None)


async def test_a_case_on_a_day_without_threshold_is_told_and_is_not_green(
    orientation: httpx2.AsyncClient, pilot: Key
) -> None:
    made = await draft(orientation, pilot, version="rio-cas.3")
    parametres = [
        {**each, "valeurs": [{**v, "valide_du": in_days(0)} for v in each["valeurs"]]}
        if each["code"] == "age_senior"
        else each
        for each in made["parametres"]
    ]
    await edit(orientation, pilot, {**made, "parametres": parametres})
    rapport = (await post(orientation, f"{PATH}/rio-cas.3/cas", pilot)).json()
    assert not rapport["vert"]
    assert [ecart["obtenu"] for ecart in rapport["ecarts"]] == [None] * len(CASES)
