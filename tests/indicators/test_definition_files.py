"""The reviewed definitions: every label of the plan is measured, and every fault of a file is named."""

import re
import shutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.indicators.definition_checks import read_definitions
from services.indicators.definition_files import (
    DATA,
    NIVEAUX,
    PERIODES,
    GrandeurFile,
    IndicateurFile,
    read_ventilations,
)
from services.indicators.load import CATALOGUE_DATA, read_plan
from services.indicators.vocabulary import Nature
from shared.data_files import DataFault
from tests.processes import ROOT

SMALL_PLAN = ROOT / "tests" / "data" / "petit-plan"
INDICATEURS = read_definitions()
GRANDEURS = {grandeur.code: grandeur for indicateur in INDICATEURS for grandeur in indicateur.grandeurs}
FILES, _ = read_plan(None)
LABELS = {f"{f.numero}.I{rang}": label.strip() for f in FILES.fiches for rang, label in enumerate(f.indicateurs, 1)}
CODE = re.compile(r"\b\d+\.I\d+(?:\.[a-z])?\b")
SAME_WORDS_OTHER_THING = {"17.I2", "37.I2", "17.I3", "37.I3"}
"""« La démarche » and « l'offre numérique » are those of the fiche: the network of places, or the portal."""


def texts_of(grandeur: GrandeurFile) -> Iterator[str]:
    yield from (grandeur.libelle, grandeur.unite, grandeur.methode, grandeur.limites)
    yield from (cible.objet for cible in grandeur.cibles)


def test_each_of_the_133_labels_is_measured_by_quantities_lettered_without_a_hole() -> None:
    assert {indicateur.code for indicateur in INDICATEURS} == set(LABELS)
    assert len(LABELS) == 133
    for indicateur in INDICATEURS:
        letters = [grandeur.code.removeprefix(f"{indicateur.code}.") for grandeur in indicateur.grandeurs]
        assert letters == [chr(ord("a") + rang) for rang in range(len(letters))], indicateur.code
        assert letters


def test_what_the_readme_and_the_orientation_rely_on_keeps_its_nature() -> None:
    assert GRANDEURS["30.I1.a"].nature == Nature.FLUX
    assert GRANDEURS["11.I1.a"].nature == Nature.PERSONNES_DISTINCTES
    assert {grandeur.nature for grandeur in GRANDEURS.values()} >= set(Nature) - {Nature.TAUX, Nature.CUMUL}


def test_a_quantity_is_pushed_as_often_and_as_finely_as_its_nature_admits() -> None:
    for code, grandeur in GRANDEURS.items():
        if grandeur.nature in (Nature.FLUX, Nature.STOCK):
            assert set(PERIODES) <= set(grandeur.periodes), code
            assert set(NIVEAUX) <= set(grandeur.niveaux), code
        if grandeur.nature in (Nature.RATIO, Nature.MOYENNE):
            assert grandeur.temps, code
        if grandeur.nature == Nature.QUALITATIF:
            assert len(grandeur.modalites) >= 2, code
        if grandeur.unite == "%":
            assert (grandeur.pour, grandeur.decimales) == (100, 1), code


def test_producers_stand_in_the_directory_and_breakdowns_among_the_dimensions() -> None:
    dimensions = {dimension.code for dimension in read_ventilations()}
    for code, grandeur in GRANDEURS.items():
        assert grandeur.producteur in FILES.organismes, code
        assert set(grandeur.ventilations) <= dimensions, code


def test_texts_are_written_as_in_the_rest_of_the_plan_s_files() -> None:
    for code, grandeur in GRANDEURS.items():
        for text in texts_of(grandeur):
            assert " ".join(text.split()) == text, code
            assert not set(text) & set('’\u00a0\u202f"'), f"{code}: straight apostrophes, plain spaces, guillemets"
            assert "..." not in text, code
            assert not re.search(r"[^ ][;:!?»](?!\w)|«[^ ]| [.,]", text), code
        assert not grandeur.libelle.endswith("."), code
        for sentence in (grandeur.libelle, grandeur.methode, grandeur.limites):
            assert sentence.removeprefix("« ")[0].isupper(), code
        for sentence in (grandeur.methode, grandeur.limites):
            assert re.search(r"[.?](?: »)?$", sentence), code


def test_texts_name_no_quantity_and_no_indicator_that_does_not_exist() -> None:
    for code, grandeur in GRANDEURS.items():
        named = {name for text in texts_of(grandeur) for name in CODE.findall(text)}
        assert named <= set(GRANDEURS) | set(LABELS), code


def test_a_target_is_a_figure_that_the_plan_gives_for_this_indicator() -> None:
    given = {
        (each.indicateur, each.valeur, each.page)
        for fiche in FILES.fiches
        for each in fiche.chiffres
        if each.nature == "cible"
    }
    targets = [(code[:-2], cible.valeur, cible.page) for code, each in GRANDEURS.items() for cible in each.cibles]
    assert len(targets) == 6
    assert set(targets) <= given


def test_two_indicators_of_one_label_are_measured_the_same_way() -> None:
    by_label: dict[str, list[IndicateurFile]] = defaultdict(list)
    for indicateur in INDICATEURS:
        if indicateur.code not in SAME_WORDS_OTHER_THING:
            by_label[LABELS[indicateur.code]].append(indicateur)
    twins = [each for each in by_label.values() if len(each) > 1]
    assert [[each.code for each in pair] for pair in twins] == [
        ["23.I7", "26.I3"],
        ["23.I8", "26.I2"],
        ["32.I3", "33.I1"],
    ]
    for first, second in twins:
        blank = re.compile(rf"\b(?:{re.escape(first.code)}|{re.escape(second.code)})\b")
        one, other = (blank.sub("X", each.model_dump_json()) for each in (first, second))
        assert one == other


def test_the_small_plan_has_a_quantity_of_every_nature() -> None:
    _, indicateurs = read_plan(SMALL_PLAN)
    natures = {grandeur.nature for indicateur in indicateurs for grandeur in indicateur.grandeurs}
    assert natures == set(Nature)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A copy of the small plan that a test may spoil."""
    return Path(shutil.copytree(SMALL_PLAN, tmp_path / "plan"))


def spoil(plan: Path, file: str, old: str, new: str) -> None:
    path = plan / "indicators" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def refuse(plan: Path) -> list[str]:
    with pytest.raises(DataFault) as refused:
        read_plan(plan)
    return refused.value.faults


FIRST, SECOND, DIMENSIONS = "fiches/01.yaml", "fiches/02.yaml", "ventilations.yaml"
FAULTS: list[tuple[str, str, str, str]] = [
    (FIRST, "code: 1.I1\n", "code: 11.I1\n", "11.I1 n'est pas de la fiche 1"),
    (FIRST, "code: 1.I1.a", "code: 2.I1.a", "2.I1.a n'est pas de l'indicateur 1.I1"),
    (FIRST, "code: 1.I1.a", "code: 1.I1.b", "1.I1.b : les versions se suivent"),
    (FIRST, "code: 1.I1.a", "code: 1.I1.A", "01.yaml : indicateurs.0.grandeurs.0.code"),
    (FIRST, "producteur: service-insertion", "producteur: caf", "1.I1.a : producteur « caf » absent de l'annuaire"),
    (FIRST, "ventilations: [sexe]", "ventilations: [age]", "1.I1.a : ventilation « age » inconnue"),
    (FIRST, "ventilations: [sexe]", "ventilations: [sexe, sexe]", "ventilations : une valeur est donnée deux fois"),
    (FIRST, "nature: personnes-distinctes", "nature: personnes", "01.yaml : indicateurs.0.grandeurs.0.nature"),
    (FIRST, "sens: hausse", "sens: hausse\n        valide_du: 2026-01-01", "valide_du : absent de la version 1"),
    (FIRST, "sens: hausse", "sens: hausse\n        version: 2", "valide_du : absent de la version 1"),
    (FIRST, "sens: hausse", "sens: hausse\n        modalites: [a, b]", "modalites : pour un qualitatif"),
    (FIRST, "sens: hausse", "sens: hausse\n        horizon_jours: 90", "horizon_jours : pour une cohorte"),
    (FIRST, "sens: hausse", "sens: hausse\n        temps: somme", "temps : pour un ratio"),
    (FIRST, "sens: hausse", "sens: hausse\n        regle: pire", "regle : pour un qualitatif"),
    (FIRST, "        temps: somme\n", "", "temps : pour un ratio"),
    (FIRST, "        horizon_jours: 90\n", "", "horizon_jours : pour une cohorte"),
    (FIRST, "[attente, sexe]", "[sexe]", "1.I1.c : tranches : 1.I1.b n'est pas un flux ventilé par attente"),
    (FIRST, "{grandeur: 1.I1.b,", "{grandeur: 1.I1.a,", "1.I1.c : tranches : 1.I1.a n'est pas un flux"),
    (FIRST, "niveau: commune", "niveau: quartier", "01.yaml : indicateurs.0.grandeurs.1.attendu.niveau"),
    (FIRST, 'periode: "2025"', 'periode: "2025-13"', "1.I1.b : cibles : la période « 2025-13 »"),
    (FIRST, 'periode: "2025"', 'periode: "2025-06-01"', "1.I1.b : cibles : la période « 2025-06-01 »"),
    (FIRST, 'periode: "2025", ', "", "1.I1.b : cibles : 69M donnée deux fois"),
    (FIRST, 'periode: "2025"', "territoire: XX", "1.I1.b : cibles : territoire « XX » inconnu"),
    (SECOND, "sens: hausse", "sens: hausse\n        periodes: [annee]", "flux : accepte mois, trimestre"),
    (SECOND, "sens: hausse", "sens: hausse\n        niveaux: [metropole]", "flux : accepte mois, trimestre"),
    (SECOND, "periodes: [annee]", "periodes: [mois]", "attendu : sa période n'est pas"),
    (SECOND, "niveaux: [metropole]", "niveaux: [commune]", "attendu : son niveau n'est pas"),
    (SECOND, "modalites: [absente, fragile, installee]", "modalites: [absente]", "modalites : deux au moins"),
    (SECOND, "fragile, installee]", "absente]", "modalites : une valeur est donnée deux fois"),
    (
        SECOND,
        "unite: texte",
        "unite: texte\n        cibles: [{valeur: 1, objet: x, page: 1}]",
        "cibles : pour ce qui se",
    ),
    (SECOND, "unite: texte", "unite: texte\n        unites: x", "02.yaml : indicateurs.0.grandeurs.4.unites"),
    (SECOND, "fiche: 2\n", "fiche: 2\nfiche: 2\n", "clé « fiche » donnée deux fois"),
    (DIMENSIONS, "code: sexe", "code: attente", "une dimension est donnée deux fois"),
    (DIMENSIONS, "code: H", "code: F", "une modalité est donnée deux fois"),
    (DIMENSIONS, "debut: 10, fin: 20", "debut: 20, fin: 10", "fin : après le début"),
    (
        DIMENSIONS,
        ", debut: 10, fin: 20",
        "",
        "1.I1.c : tranches : les modalités de attente ne sont pas des intervalles",
    ),
    (DIMENSIONS, "partition: true", "partition: peut-être", "ventilations.yaml : ventilations.0.partition"),
]


@pytest.mark.parametrize(("file", "old", "new", "told"), FAULTS)
def test_a_faulty_file_is_refused_and_its_fault_is_named(plan: Path, file: str, old: str, new: str, told: str) -> None:
    spoil(plan, file, old, new)
    faults = refuse(plan)
    assert any(told in fault for fault in faults), faults


def test_the_faults_of_all_the_files_are_named_together(plan: Path) -> None:
    spoil(plan, FIRST, "fiche: 1", "fiche: un")
    spoil(plan, SECOND, "nature: indice", "nature: index")
    spoil(plan, DIMENSIONS, "partition: true", "partition: peut-être")
    (plan / "catalogue" / "plan.yaml").write_text("code: [", encoding="utf-8")
    (plan / "catalogue" / "fiches" / "02.yaml").write_text("numero: deux", encoding="utf-8")
    told = "\n".join(refuse(plan))
    for fault in ("01.yaml : fiche", "02.yaml : indicateurs.0.grandeurs.3", "ventilations.yaml", "plan.yaml", "numero"):
        assert fault in told


def test_the_file_of_an_indicator_that_the_plan_has_not_is_refused(plan: Path) -> None:
    text = (plan / "indicators" / SECOND).read_text(encoding="utf-8")
    (plan / "indicators" / "fiches" / "03.yaml").write_text(text.replace("2.I1", "2.I2"), encoding="utf-8")
    assert refuse(plan) == ["2.I2 : le plan n'a pas cet indicateur"]


def test_an_indicator_defined_in_two_files_is_refused(plan: Path) -> None:
    shutil.copy(plan / "indicators" / SECOND, plan / "indicators" / "fiches" / "03.yaml")
    assert "2.I1 : donné deux fois" in refuse(plan)


@pytest.mark.parametrize(
    ("versions", "told"),
    [
        ([{"version": 3, "valide_du": "2026-01-01"}], "les versions se suivent"),
        ([{"version": 2, "valide_du": "2026-01-01"}] * 2, "les versions se suivent"),
        (
            [{"version": 2, "valide_du": "2027-01-01"}, {"version": 3, "valide_du": "2026-01-01"}],
            "chaque version commence après",
        ),
    ],
)
def test_versions_follow_each_other(plan: Path, versions: list[dict[str, Any]], told: str) -> None:
    path = plan / "indicators" / SECOND
    text = path.read_text(encoding="utf-8")
    start, end = text.index("      - code: 2.I1.a"), text.index("      - code: 2.I1.b")
    copies = ""
    for version in versions:
        said = "".join(f"        {name}: {value}\n" for name, value in version.items())
        copies += text[start:end] + said
    path.write_text(text[:end] + copies + text[end:], encoding="utf-8")
    assert any(f"2.I1.a : {told}" in fault for fault in refuse(plan))


def test_a_plan_without_its_own_dimensions_has_ours_and_one_without_definitions_has_no_quantity(plan: Path) -> None:
    (plan / "indicators" / DIMENSIONS).unlink()
    assert refuse(plan) == ["1.I1.b : ventilation « attente » inconnue"]
    shutil.rmtree(plan / "indicators")
    files, indicateurs = read_plan(plan)
    assert (files.codes, indicateurs) == ({"1.I1", "2.I1"}, [])


def test_our_own_files_stand_beside_the_catalogue_s() -> None:
    assert (DATA / "ventilations.yaml").exists()
    assert (CATALOGUE_DATA / "plan.yaml").exists()
    assert [path.name for path in sorted((DATA / "fiches").glob("*.yaml"))] == [
        f"{fiche.numero:02}.yaml" for fiche in FILES.fiches if fiche.indicateurs
    ]
