"""What a restricted key may say of targets and locks."""

import pytest

from services.indicators.service.perimetres import check_codes, check_grandeur, check_territoire
from shared.errors import DroitInsuffisant
from shared.territoires import read_arbre
from shared.tokens import Identite

FREE = Identite("moi", frozenset())
HELD = Identite("moi", frozenset(), grandeurs=frozenset({"30", "11.I1"}), territoires=frozenset({"VAL_DE_SAONE"}))


def test_a_key_without_restriction_covers_everything() -> None:
    check_grandeur(FREE, "4.I1.a")
    check_codes(FREE, [])
    check_territoire(FREE, read_arbre(), "69M")


@pytest.mark.parametrize("codes", [["30"], ["30.I5"], ["30.I5.a", "11.I1"], ["11.I1.b"]])
def test_a_key_covers_what_stands_under_its_codes(codes: list[str]) -> None:
    check_codes(HELD, codes)


@pytest.mark.parametrize("codes", [[], ["11"], ["3"], ["30", "11.I2"], ["11.I2.a"]])
def test_a_key_covers_nothing_beyond_its_codes(codes: list[str]) -> None:
    with pytest.raises(DroitInsuffisant):
        check_codes(HELD, codes)


def test_a_key_covers_its_territories_and_what_they_hold() -> None:
    arbre = read_arbre()
    check_grandeur(HELD, "30.I5.a")
    check_territoire(HELD, arbre, "VAL_DE_SAONE")
    check_territoire(HELD, arbre, "69003")
    for refused in ("69M", "69266", "inconnu"):
        with pytest.raises(DroitInsuffisant):
            check_territoire(HELD, arbre, refused)
    with pytest.raises(DroitInsuffisant):
        check_grandeur(HELD, "4.I1.a")
