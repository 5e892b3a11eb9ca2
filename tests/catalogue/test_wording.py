"""The official wording, compared with a second transcription made from the document without looking at the first.

``tests/data/relecture/NN.txt`` holds one official text a line. Only white space may differ.
"""

import unicodedata
from pathlib import Path

import httpx2
import pytest

RELECTURE = Path(__file__).parents[1] / "data" / "relecture"
FICHES = range(1, 39)


def plain(texts: list[str]) -> list[str]:
    return [" ".join(unicodedata.normalize("NFC", text).split()) for text in texts]


def distinct(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def read_relecture(numero: int) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for line in (RELECTURE / f"{numero:02}.txt").read_text(encoding="utf-8").splitlines():
        kind, _, wording = line.partition(": ")
        if wording:
            told.setdefault(kind.strip(), []).append(wording)
    return {kind: plain(texts) for kind, texts in told.items()}


@pytest.mark.parametrize("numero", FICHES)
async def test_a_fiche_carries_the_official_wording_exactly(catalogue: httpx2.AsyncClient, numero: int) -> None:
    fiche = (await catalogue.get(f"/v1/fiches/{numero}")).json()
    objectifs = [f"{o['libelle']} {o['detail'] or ''}" for o in fiche["objectifs_operationnels"]]
    served = {
        "titre": [fiche["titre"]],
        "action": [action["titre"] for action in fiche["actions"]],
        "indicateur": [indicateur["libelle"] for indicateur in fiche["indicateurs"]],
        "objectif": objectifs,
        "echeance": distinct([echeance["texte"] for echeance in fiche["echeances"]]),
        "vigilance": [point["texte"] for point in fiche["points_vigilance"]],
        "pilote": distinct([pilote["texte"] for pilote in fiche["pilotes"]]),
        "service": distinct([pilote["service"] for pilote in fiche["pilotes"] if pilote["service"]]),
        "partenaire": [partenaire["texte"] for partenaire in fiche["partenaires"]],
    }
    assert {kind: plain(texts) for kind, texts in served.items() if texts} == read_relecture(numero)


async def test_axes_and_objectives_carry_their_official_titles(catalogue: httpx2.AsyncClient) -> None:
    axes = (await catalogue.get("/v1/axes")).json()["elements"]
    titles = {axe["code"]: axe["titre"] for axe in axes}
    assert titles == {
        "1": "LUTTER CONTRE L’EXCLUSION SOCIALE ET AMÉLIORER L’ACCÈS AUX DROITS",
        "2": "GARANTIR DES PARCOURS D’INSERTION PERSONNALISÉS SANS RUPTURE",
        "3": "FAVORISER L’INSERTION DES JEUNES EN PRÉCARITÉ",
        "4": "ACCOMPAGNER L’ENGAGEMENT DES EMPLOYEURS ET DES SALARIÉS EN FAVEUR DE L’INSERTION",
        "5": "SOUTENIR LE DÉVELOPPEMENT DES ENTREPRISES À VOCATION D’INSERTION",
        "A": "RENFORCER LA PARTICIPATION DES PERSONNES CONCERNÉES POUR DÉVELOPPER LEUR POUVOIR D’AGIR",
        "B": "AMÉLIORER LA COORDINATION DES ACTEURS POUR SIMPLIFIER L’ACCÈS AU SERVICE PUBLIC "
        "DE L’INSERTION ET DE L’EMPLOI",
    }
    objectifs = {objectif["code"]: objectif["page"] for axe in axes for objectif in axe["objectifs"]}
    assert objectifs == {
        "1.O1": 7,
        "1.O2": 30,
        "2.O1": 34,
        "2.O2": 40,
        "2.O3": 48,
        "3.O1": 59,
        "3.O2": 61,
        "4.O1": 68,
        "4.O2": 73,
        "4.O3": 79,
        "5.O1": 83,
        "5.O2": 88,
    }


async def test_every_fiche_stands_under_its_axis_and_objective_at_its_page(catalogue: httpx2.AsyncClient) -> None:
    fiches = (await catalogue.get("/v1/fiches?limite=200")).json()["elements"]
    places = {fiche["numero"]: fiche["objectif"] or fiche["axe"] for fiche in fiches}
    expected = {
        "1.O1": range(1, 10),
        "1.O2": [10],
        "2.O1": range(11, 14),
        "2.O2": range(14, 18),
        "2.O3": range(18, 23),
        "3.O1": [23],
        "3.O2": range(24, 27),
        "4.O1": (27, 28),
        "4.O2": (29, 30),
        "4.O3": [31],
        "5.O1": (32, 33),
        "5.O2": [34],
        "A": (35, 36),
        "B": (37, 38),
    }
    assert places == {numero: place for place, numeros in expected.items() for numero in numeros}
    starts = "7 10 13 15 17 19 22 24 27 30 34 36 38 40 42 44 46 48 50 52 54 56 59 61 63 65 68 70 73 76 79 83 86"
    starts += " 88 92 94 97 99"
    pages = [(await catalogue.get(f"/v1/fiches/{numero}")).json()["pages"]["debut"] for numero in FICHES]
    assert pages == [int(start) for start in starts.split()]


async def test_the_lexicon_has_its_39_entries(catalogue: httpx2.AsyncClient) -> None:
    lexique = (await catalogue.get("/v1/lexique?limite=200")).json()
    assert lexique["total"] == len(lexique["elements"]) == 39
    known = {entry["sigle"]: entry["developpe"] for entry in lexique["elements"]}
    assert known["FSL"] == "Le fonds de solidarité pour le logement"
    assert known["DINSI"] == "Direction Innovation Numérique et Système d’Information"
    assert known["ARS"] == "Agence Régionale de Santé"


async def test_the_three_actions_1_of_fiche_13_keep_their_number_and_get_their_own_code(
    catalogue: httpx2.AsyncClient,
) -> None:
    fiche = (await catalogue.get("/v1/fiches/13")).json()
    assert [(action["code"], action["numero_officiel"]) for action in fiche["actions"]] == [
        ("13.A1", "1"),
        ("13.A2", "1"),
        ("13.A3", "1"),
    ]
    assert any("Action 1" in remarque["texte"] for remarque in fiche["remarques"])


async def test_a_title_that_differs_from_the_contents_is_told_as_a_remark(catalogue: httpx2.AsyncClient) -> None:
    fiche = (await catalogue.get("/v1/fiches/37")).json()
    assert fiche["titre"].startswith("Déployer pour les professionnels et les publics")
    assert any("sommaire" in remarque["texte"].lower() for remarque in fiche["remarques"])


async def test_the_wrong_objective_title_of_the_contents_is_told_as_a_remark(catalogue: httpx2.AsyncClient) -> None:
    remarques = (await catalogue.get("/v1/plan")).json()["remarques"]
    assert any(remarque["portee"] == "3.O2" for remarque in remarques)
