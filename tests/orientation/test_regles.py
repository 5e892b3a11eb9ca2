"""Les règles de la RIO : les cas de ceux qui connaissent le plan, et une seconde lecture, lente et entière."""

import json
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.orientation.load import read_faits, read_jeux
from services.orientation.rules import Jeu, Proposition, Verdict, check_faits
from services.orientation.rules.facts import define
from shared.territoires import read_arbre
from tests.orientation import naive

CASES = json.loads((Path(__file__).parent / "data" / "orientation_cas.json").read_text(encoding="utf-8"))["cas"]
FAITS = read_faits()
DEFINITIONS = define(FAITS)
JEU = Jeu(read_jeux()[0], FAITS, read_arbre())
COMPARED = ("parcours", "modalite", "motifs", "signalements", "question_suivante")


def typed(faits: dict[str, Any]) -> dict[str, Any]:
    found = check_faits(faits, DEFINITIONS)
    assert isinstance(found, dict), found
    return found


def shown(proposition: Proposition) -> dict[str, Any]:
    outcome = proposition.outcome()
    return {name: outcome[name] for name in COMPARED}


@pytest.mark.parametrize("cas", CASES, ids=[f"{cas['id']} {cas['titre']}" for cas in CASES])
def test_le_cas_donne_ce_qui_est_attendu(cas: dict[str, Any]) -> None:
    attendu = {"signalements": [], **cas["attendu"]}
    attendu["signalements"] = sorted(attendu["signalements"])
    assert shown(JEU.evaluate(typed(cas["faits"]))) == attendu


def days(first: date, last: date) -> st.SearchStrategy[str]:
    return st.dates(first, last).map(date.isoformat)


NEAR_26 = st.integers(0, 800).map(lambda number: (date(1997, 1, 1) + timedelta(days=number)).isoformat())
BORDERS = ["2023-12-31", "2024-01-01", "2024-12-31", "2025-01-01", "2025-02-12", "2024-02-29"]
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "date_naissance": days(date(1955, 1, 1), date(2026, 1, 1)) | NEAR_26,
    "commune_residence_insee": st.sampled_from(["69266", "69152", "69149", "69381", "69123", "69264", "01004"]),
    "revenu_activite_moyen_trim": st.sampled_from([0, 310, 499.99, 500, 620]),
    "date_notification_sdd": days(date(2022, 1, 1), date(2026, 1, 1)) | st.sampled_from(BORDERS),
    "absences_rio": st.integers(0, 3),
    **{
        fait.code: st.sampled_from([valeur.valeur for valeur in fait.valeurs]) if fait.valeurs else st.booleans()
        for fait in FAITS
        if fait.type.value in ("choix", "booleen")
    },
}
KNOWN = ("logement", "sante", "mobilite", "famille", "finances", "administratif", "numerique")
ANY_CASE = st.fixed_dictionaries(
    {"date_reference": days(date(2022, 1, 1), date(2026, 6, 1)) | st.sampled_from(BORDERS)},
    optional=VALUES,
)
INSIDE = st.fixed_dictionaries(
    {
        "date_reference": days(date(2022, 1, 1), date(2026, 6, 1)) | st.sampled_from(BORDERS),
        "commune_residence_insee": st.sampled_from(["69266", "69152"]),
        **{name: VALUES[name] for name in KNOWN},
    },
    optional={
        name: value
        for name, value in VALUES.items()
        if name not in (*KNOWN, "commune_residence_insee", "droit_travail")
    },
)
NOT_DIRECT = st.fixed_dictionaries(
    {
        "date_reference": st.just("2023-05-02"),
        "date_naissance": st.just("1980-01-01"),
        "commune_residence_insee": st.just("69266"),
        "accompagnement_en_cours": st.just("AUCUN"),
        "activite_non_salariee": st.sampled_from(["CESSEE", "PROJET", "AUCUNE"]),
    },
    optional={
        name: VALUES[name] for name in (*KNOWN, "langue", "disponible_emploi", "projet_pro", "derniere_activite")
    },
)


@settings(max_examples=600, deadline=None)
@given(faits=ANY_CASE | INSIDE)
def test_the_engine_says_what_playing_every_completion_says(faits: dict[str, Any]) -> None:
    case = typed(faits)
    assume(naive.size_of(case) <= 20_000)
    assert shown(JEU.evaluate(case)) == naive.propose(case)


@settings(max_examples=300, deadline=None)
@given(faits=ANY_CASE | INSIDE, seed=st.randoms())
def test_neither_the_order_of_facts_nor_a_null_changes_anything(faits: dict[str, Any], seed: random.Random) -> None:
    first = JEU.evaluate(typed(faits), "complete")
    names = list(faits)
    seed.shuffle(names)
    again = {name: faits[name] for name in names} | {name: None for name in VALUES if name not in faits}
    assert Jeu(JEU.source, FAITS, read_arbre()).evaluate(typed(again), "complete") == first


@settings(max_examples=200, deadline=None)
@given(faits=ANY_CASE | INSIDE)
def test_every_rule_is_in_the_trace_with_its_verdict_and_what_it_lacks(faits: dict[str, Any]) -> None:
    found = JEU.evaluate(typed(faits), "complete")
    assert [etape.regle for etape in found.etapes] == [regle.code for regle in JEU.source.regles]
    applied = [etape.regle for etape in found.etapes if etape.verdict is Verdict.APPLIQUEE]
    assert sorted(applied) == sorted(found.motifs)
    for etape in found.etapes:
        lacking = etape.verdict in (Verdict.NON_REMPLIE, Verdict.INCONNUE)
        assert (etape.echec is not None) is lacking, etape
    summary = JEU.evaluate(typed(faits), "resume")
    assert [etape.regle for etape in summary.etapes] == list(found.motifs)
    assert summary.outcome() == found.outcome() == JEU.evaluate(typed(faits), "aucune").outcome()


@settings(max_examples=300, deadline=None)
@given(faits=NOT_DIRECT, more=st.data())
def test_an_answer_never_contradicts_a_pathway_on_which_every_completion_agreed(
    faits: dict[str, Any], more: st.DataObject
) -> None:
    found = JEU.evaluate(typed(faits))
    completed = (*KNOWN, "langue", "disponible_emploi", "projet_pro", "derniere_activite")
    unknown = [name for name in completed if name not in faits]
    answers = {name: more.draw(VALUES[name]) for name in unknown}
    answered = JEU.evaluate(typed({**faits, **answers}))
    if found.motifs[-1] != "X_INDETERMINE" and answered.modalite != "DIRECTE":
        assert answered.parcours == found.parcours
    asked = [name for name in found.faits_manquants if name in answers]
    if answered.modalite != "DIRECTE":
        told = {name: answers[name] for name in asked}
        assert JEU.evaluate(typed({**faits, **told})).parcours == answered.parcours


def test_a_threshold_in_force_is_told_with_its_source() -> None:
    found = JEU.evaluate(
        typed({"date_reference": "2023-01-16", "date_naissance": "1975-03-03", "commune_residence_insee": "69290"}),
        "complete",
    )
    by = {etape.regle: etape for etape in found.etapes}
    direct = by["D3"].echec
    assert direct is not None
    assert (direct.fait, direct.seuil, direct.parametre) == ("age", 25, "age_jeunes_max")
    assert "F11" in (direct.source or "")
    assert by["D2"].verdict is Verdict.INCONNUE
    assert by["T2"].verdict is Verdict.NON_REMPLIE


WRONG = [
    ({"age": "vingt"}, "/faits/age", "CHAMP_INCONNU"),
    ({"brsa": 1}, "/faits/brsa", "TYPE_INVALIDE"),
    ({"brsa": "true"}, "/faits/brsa", "TYPE_INVALIDE"),
    ({"absences_rio": "1"}, "/faits/absences_rio", "TYPE_INVALIDE"),
    ({"absences_rio": True}, "/faits/absences_rio", "TYPE_INVALIDE"),
    ({"absences_rio": 1.0}, "/faits/absences_rio", "TYPE_INVALIDE"),
    ({"absences_rio": -1}, "/faits/absences_rio", "HORS_BORNES"),
    ({"revenu_activite_moyen_trim": "12,5"}, "/faits/revenu_activite_moyen_trim", "TYPE_INVALIDE"),
    ({"revenu_activite_moyen_trim": -0.01}, "/faits/revenu_activite_moyen_trim", "HORS_BORNES"),
    ({"date_naissance": "1990-02-30"}, "/faits/date_naissance", "DATE_INVALIDE"),
    ({"date_naissance": "19900228"}, "/faits/date_naissance", "DATE_INVALIDE"),
    ({"date_naissance": 1990}, "/faits/date_naissance", "TYPE_INVALIDE"),
    ({"date_notification_sdd": "9999-12-31"}, "/faits/date_notification_sdd", "HORS_BORNES"),
    ({"commune_residence_insee": 69266}, "/faits/commune_residence_insee", "TYPE_INVALIDE"),
    ({"commune_residence_insee": "Lyon"}, "/faits/commune_residence_insee", "VALEUR_INVALIDE"),
    ({"logement": "stable"}, "/faits/logement", "VALEUR_INCONNUE"),
    ({"logement": ["STABLE"]}, "/faits/logement", "TYPE_INVALIDE"),
    ({"date_reference": None}, "/faits/date_reference", "CHAMP_REQUIS"),
]


@pytest.mark.parametrize(("given", "champ", "code"), WRONG)
def test_what_is_not_a_fact_is_refused_before_any_rule(given: dict[str, Any], champ: str, code: str) -> None:
    faults = check_faits({"date_reference": "2023-01-16", **given}, DEFINITIONS)
    assert isinstance(faults, list)
    assert [(fault.champ, fault.code) for fault in faults] == [(champ, code)]
