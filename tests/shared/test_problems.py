"""Problems: the reader's language, what is echoed and what never is, the nearest word, one shape."""

import json
import re
from datetime import date
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import Headers

from shared.errors import (
    CODES_FAUTE,
    DonneesRefusees,
    Faute,
    Introuvable,
    Phrase,
    Refus,
    ServiceIndisponible,
    iter_refus,
)
from shared.problems import (
    NEVER_ECHOED,
    build_problem,
    fautes_of,
    nearest,
    pick_language,
    problem_response,
    unknown_value,
)
from shared.vocabulary import Terme

PERSONNE = "Dupont-4711"


class Couleur(Terme):
    """Les couleurs"""

    ROUGE = "rouge", "Rouge", "Chaude"
    BLEU_NUIT = "bleu-nuit", "Bleu nuit", "Froide"


class Fiche(BaseModel):
    model_config = ConfigDict(extra="forbid")

    titre: str = Field("", min_length=2, max_length=10)
    code: str = Field("aa", pattern="^[a-z]+$")
    couleur: Couleur = Couleur.ROUGE
    choix: Literal["oui", "non"] = "oui"
    part: float = Field(0, ge=0, le=1)
    rang: int = Field(1, gt=0, lt=10)
    actif: bool = True
    jour: date = date(2022, 1, 1)
    instant: AwareDatetime | None = None
    noms: list[str] = Field([], max_length=2)
    reste: dict[str, int] = {}


class Personne(BaseModel):
    identite: dict[str, int] = {}
    note: int = 0
    commentaire: int = 0
    texte: int = 0
    motif: int = 0


def faults(model: type[BaseModel], value: Any) -> list[Faute]:
    with pytest.raises(ValidationError) as refused:
        model.model_validate_json(json.dumps(value))
    return fautes_of(refused.value.errors(), model=model)


def shown(fautes: list[Faute]) -> dict[str, Any]:
    return build_problem(DonneesRefusees(erreurs=fautes), language="fr", request_id="essai-0001")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "fr"),
        ("en", "en"),
        ("EN-us", "en"),
        ("fr-CA, en", "fr"),
        ("en, fr", "fr"),
        ("en;q=0.9, fr;q=0.8", "en"),
        ("fr;q=0.2,en;q=0.3,de", "en"),
        ("en;q=0.5, fr", "fr"),
        ("de, en;q=0.1", "en"),
        ("en;q=0", "fr"),
        ("*", "fr"),
        ("*;q=0.5, en", "en"),
        ("de, es", "fr"),
        ("en;q=beaucoup", "fr"),
        ("en;q=", "fr"),
        ("fr;q=0.9, en; q=0.1", "fr"),
        ("en;Q=0.1, fr;q=0.9", "fr"),
        ("fr;q=0.1, *;q=0.5", "en"),
        ("fr;q=0, *", "en"),
        ("fr;q=0.5, en;q=inf", "fr"),
        (",,;;, ;q=,en", "en"),
        ("en;q=nan", "fr"),
    ],
)
def test_english_is_given_only_to_who_prefers_it(header: str, language: str) -> None:
    assert pick_language(header) == language


@given(header=st.text(max_size=200) | st.text("frend*;q=0.19, -", max_size=60))
def test_a_malformed_language_header_still_gives_one_of_the_two(header: str) -> None:
    assert pick_language(header) in ("fr", "en")


@pytest.mark.parametrize(
    ("value", "champ", "code"),
    [
        ({"inconnu": 1}, "/inconnu", "CHAMP_INCONNU"),
        ({"titre": "a"}, "/titre", "LONGUEUR_INVALIDE"),
        ({"titre": "a" * 11}, "/titre", "LONGUEUR_INVALIDE"),
        ({"titre": 1}, "/titre", "TYPE_INVALIDE"),
        ({"code": "A1"}, "/code", "VALEUR_INVALIDE"),
        ({"couleur": "rose"}, "/couleur", "VALEUR_INCONNUE"),
        ({"couleur": 3}, "/couleur", "VALEUR_INCONNUE"),
        ({"choix": "peut-être"}, "/choix", "VALEUR_INCONNUE"),
        ({"part": 1.5}, "/part", "HORS_BORNES"),
        ({"part": -1}, "/part", "HORS_BORNES"),
        ({"part": "12,5"}, "/part", "TYPE_INVALIDE"),
        ({"rang": 0}, "/rang", "HORS_BORNES"),
        ({"rang": 10}, "/rang", "HORS_BORNES"),
        ({"rang": 1.5}, "/rang", "TYPE_INVALIDE"),
        ({"actif": "peut-être"}, "/actif", "TYPE_INVALIDE"),
        ({"jour": "2023-02-29"}, "/jour", "DATE_INVALIDE"),
        ({"jour": "31/12/2023"}, "/jour", "DATE_INVALIDE"),
        ({"instant": "2026-01-31T12:00:00"}, "/instant", "DECALAGE_REQUIS"),
        ({"instant": "2026-02-30T12:00:00Z"}, "/instant", "DATE_INVALIDE"),
        ({"noms": ["a", "b", "c"]}, "/noms", "LONGUEUR_INVALIDE"),
        ({"noms": "a"}, "/noms", "TYPE_INVALIDE"),
        ({"noms": ["a", 2]}, "/noms/1", "TYPE_INVALIDE"),
        ({"reste": []}, "/reste", "TYPE_INVALIDE"),
        ({"reste": {"a/b~c": "x"}}, "/reste/a~1b~0c", "TYPE_INVALIDE"),
    ],
)
def test_each_kind_of_fault_has_its_place_and_its_code(value: Any, champ: str, code: str) -> None:
    assert [(faute.champ, faute.code) for faute in faults(Fiche, value)] == [(champ, code)]


def test_a_missing_field_is_named_without_a_value() -> None:
    class Stricte(BaseModel):
        titre: str

    (faute,) = faults(Stricte, {})
    assert (faute.champ, faute.code, faute.valeur) == ("/titre", "CHAMP_REQUIS", None)


def test_a_value_out_of_a_list_gives_the_list_and_the_nearest() -> None:
    (faute,) = faults(Fiche, {"couleur": "bleu nuit"})
    assert (faute.attendu, faute.suggestion) == (["rouge", "bleu-nuit"], "bleu-nuit")


@given(texte=st.text(max_size=400))
def test_what_is_echoed_is_cut_at_80_characters(texte: str) -> None:
    faute = Faute(champ="q", code="VALEUR_INVALIDE", message=Phrase("a", "b"), valeur=texte)
    assert shown([faute])["erreurs"][0]["valeur"] == texte[:80]


@given(texte=st.text(st.characters(codec="utf-8"), min_size=11, max_size=400))
def test_what_a_schema_refuses_is_echoed_and_cut_too(texte: str) -> None:
    assert shown(faults(Fiche, {"titre": texte}))["erreurs"][0]["valeur"] == texte[:80]


@pytest.mark.parametrize("name", sorted(NEVER_ECHOED))
def test_personal_and_free_texts_are_never_echoed(name: str) -> None:
    value: Any = {"nom": PERSONNE} if name == "identite" else PERSONNE
    problem = shown(faults(Personne, {name: value}))
    assert [fault["champ"].split("/")[1] for fault in problem["erreurs"]] == [name]
    assert PERSONNE not in json.dumps(problem)


@pytest.mark.parametrize("champ", ["note", "/note", "/cas/3/identite/nom", "/identite", "/evenements/0/motif"])
def test_a_hidden_field_is_hidden_wherever_it_stands(champ: str) -> None:
    faute = Faute(champ=champ, code="VALEUR_INVALIDE", message=Phrase("a", "b"), valeur=PERSONNE)
    assert shown([faute])["erreurs"][0]["valeur"] is None


def test_a_field_whose_name_only_resembles_a_hidden_one_is_echoed() -> None:
    faute = Faute(champ="/notes", code="VALEUR_INVALIDE", message=Phrase("a", "b"), valeur="12")
    assert shown([faute])["erreurs"][0]["valeur"] == "12"


@pytest.mark.parametrize(
    ("given_word", "found"),
    [("limit", "limite"), ("LIMITE", "limite"), ("curseurs", "curseur"), ("xyz", None), ("", None), ("Axe-A", "axe-a")],
)
def test_the_nearest_known_word_is_suggested_if_any_is_near(given_word: str, found: str | None) -> None:
    assert nearest(given_word, ["limite", "curseur", "axe-a"]) == found


@given(words=st.lists(st.text(), min_size=1, unique_by=str.lower), data=st.data())
def test_a_known_word_is_its_own_nearest(words: list[str], data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(words))
    assert nearest(word, words) == word or word == ""


@given(value=st.text(max_size=50), words=st.lists(st.text(max_size=20), max_size=10))
def test_a_suggestion_is_always_a_known_word(value: str, words: list[str]) -> None:
    assert nearest(value, words) in [None, *words]


@pytest.mark.parametrize(("count", "listed"), [(0, True), (60, True), (61, False)])
def test_the_values_expected_are_listed_up_to_sixty(count: int, *, listed: bool) -> None:
    known = [f"code-{rank}" for rank in range(count)]
    assert unknown_value("axe", "x", known).attendu == (known if listed else None)


def test_a_problem_has_one_shape_and_is_never_kept() -> None:
    answer = problem_response(Introuvable(), Headers({"accept-language": "en"}), "essai-0001")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.headers["cache-control"], answer.headers["vary"]) == ("no-store", "Accept-Language")
    assert json.loads(bytes(answer.body)) == {
        "type": "/problemes/INTROUVABLE",
        "title": "Nothing at this address",
        "status": 404,
        "detail": "Nothing at this address",
        "code": "INTROUVABLE",
        "request_id": "essai-0001",
        "erreurs": [],
    }


def test_a_problem_keeps_the_headers_of_its_refusal() -> None:
    assert problem_response(ServiceIndisponible(), Headers({}), "essai-0001").headers["retry-after"] == "5"


def test_a_problem_can_always_be_written_whatever_was_received() -> None:
    faute = Faute(champ="\ud800", code="VALEUR_INVALIDE", message=Phrase("a", "b"), valeur="\udfff\0")
    answer = problem_response(DonneesRefusees(erreurs=[faute]), Headers({}), "essai-0001")
    assert json.loads(bytes(answer.body))["erreurs"][0]["champ"] == "?"


def test_every_refusal_has_its_own_code_and_both_languages() -> None:
    known = [refus for refus in iter_refus(Refus) if not refus.__module__.startswith("tests.")]
    codes = [refus.code for refus in known]
    assert len(set(codes)) == len(codes)
    # What refuses one row may refuse a whole address: one code, which says one thing.
    both = [refus for refus in known if refus.code in CODES_FAUTE]
    assert [refus.titre for refus in both] == [CODES_FAUTE[refus.code].libelle for refus in both]
    for refus in known:
        assert re.fullmatch(r"[A-Z]+(_[A-Z]+)*", refus.code)
        assert 400 <= refus.status < 600
        assert refus.titre.fr != refus.titre.en
        assert all(refus.titre)
