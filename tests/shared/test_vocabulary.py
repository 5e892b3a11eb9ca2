"""Closed lists: a term is its value, with its label and meaning."""

import json

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.vocabulary import Terme, describe


class Meteo(Terme):
    """Le temps qu'il fait

    Ce qui suit le premier paragraphe ne se montre pas.
    """

    BEAU = "beau", "Beau", "Le soleil brille"
    PLUIE_FINE = "pluie-fine", "Pluie fine", "Il bruine"


READER: TypeAdapter[Terme] = TypeAdapter(Meteo)


def test_a_term_is_its_value() -> None:
    term = READER.validate_python("pluie-fine")
    assert term == "pluie-fine"
    assert term is Meteo.PLUIE_FINE
    assert hash(term) == hash("pluie-fine")
    assert f"{term}" == "pluie-fine"
    assert json.dumps([term]) == '["pluie-fine"]'


def test_a_term_carries_its_label_and_meaning() -> None:
    assert (Meteo.BEAU.libelle, Meteo.BEAU.description) == ("Beau", "Le soleil brille")


@pytest.mark.parametrize("value", ["Beau", "BEAU", "neige", ""])
def test_a_value_out_of_the_list_is_no_term(value: str) -> None:
    with pytest.raises(ValidationError, match="Input should be 'beau' or 'pluie-fine'"):
        READER.validate_python(value)


def test_a_list_is_described_with_every_value_in_order() -> None:
    assert describe("meteo", Meteo) == {
        "code": "meteo",
        "libelle": "Le temps qu'il fait",
        "valeurs": [
            {"valeur": "beau", "libelle": "Beau", "description": "Le soleil brille"},
            {"valeur": "pluie-fine", "libelle": "Pluie fine", "description": "Il bruine"},
        ],
    }
