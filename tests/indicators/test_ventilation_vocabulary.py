"""The breakdowns as closed lists: those of the reviewed file, under the names that the definitions announce."""

from services.indicators.app import create_app
from services.indicators.definition_checks import read_definitions
from services.indicators.definition_files import read_ventilations
from services.indicators.settings import Settings
from services.indicators.ventilation_vocabulary import ventilation_vocabularies
from services.indicators.vocabulary import VOCABULAIRES
from shared.vocabulary import describe


def test_each_dimension_has_its_list_with_every_modality() -> None:
    lists = ventilation_vocabularies()
    for dimension in read_ventilations():
        shown = describe("x", lists[f"ventilation-{dimension.code}"])
        assert shown["libelle"] == dimension.libelle
        told = [(each["valeur"], each["libelle"]) for each in shown["valeurs"]]  # type: ignore[attr-defined]
        assert told == [(modalite.code, modalite.libelle) for modalite in dimension.modalites]
        assert all(each["description"] for each in shown["valeurs"])  # type: ignore[attr-defined]
    assert [term.value for term in lists["ventilation"]] == [dimension.code for dimension in read_ventilations()]


def test_every_breakdown_of_a_definition_is_served() -> None:
    served = set(ventilation_vocabularies())
    used = {
        code for indicateur in read_definitions() for grandeur in indicateur.grandeurs for code in grandeur.ventilations
    }
    assert {f"ventilation-{code}" for code in used} <= served


def test_the_service_serves_them_beside_its_other_lists() -> None:
    vocabulaires = create_app(Settings()).state.vocabulaires
    assert set(vocabulaires) == {*VOCABULAIRES, *ventilation_vocabularies()}
    assert vocabulaires["ventilation-sexe"].of("F").libelle == "Femmes"
