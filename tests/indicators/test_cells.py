"""A cell written by hand is the JSON of the cell that is shown."""

import json
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from services.indicators.cells import show_cell, show_number, write_cell, write_shown
from services.indicators.definitions import parse_grandeur
from services.indicators.series import Cellule
from services.indicators.vocabulary import Confidentialite, MotifCellule, StatutMesure

DOCUMENT = {
    "code": "30.I1.a",
    "nature": "flux",
    "definition": {"version": 2, "valide_du": None, "valide_au": None},
    "couverture_minimale": 0.8,
    "periodes": ["mois"],
    "niveaux": [],
    "ventilations": ["sexe"],
    "decimales": 0,
    "sens": "hausse",
    "pour": 1,
    "temps": None,
    "modalites": [],
    "regle": None,
    "horizon_jours": None,
    "tranches": None,
    "negatif": False,
    "depasse": False,
    "seuil_secret": None,
}
GRANDEUR = parse_grandeur(7, json.dumps(DOCUMENT))
NUMBERS = st.none() | st.decimals(-(10**20), 10**20, places=3) | st.integers(-(10**18), 10**18).map(Decimal)
CELLS = st.builds(
    Cellule,
    recus=st.integers(0, 700),
    attendus=st.integers(0, 700),
    valeur=NUMBERS | st.text(max_size=8),
    numerateur=NUMBERS,
    denominateur=NUMBERS,
    bornes=st.none() | st.tuples(NUMBERS, NUMBERS),
    statut=st.none() | st.sampled_from(list(StatutMesure)),
    confidentialite=st.none() | st.sampled_from(list(Confidentialite)),
    motif=st.none() | st.sampled_from(list(MotifCellule)),
    revise_le=st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    composants=st.none() | st.just({"immatures": 2}),
)


@given(CELLS, st.sampled_from(["", "sexe:F", "age:25-49|sexe:H"]))
@example(Cellule(1, 1, Decimal("-0")), "")
@example(Cellule(1, 1, Decimal("1E+3"), Decimal("0.10"), Decimal(10**15)), "")
def test_a_cell_written_by_hand_is_the_json_of_the_cell_shown(cellule: Cellule, ventilation: str) -> None:
    place = (GRANDEUR, "69266", "2025-01", ventilation, cellule)
    assert write_cell(*place) == write_shown(show_cell(*place))


@given(st.decimals(-(10**20), 10**20, places=4))
def test_a_number_is_exact_or_a_text(value: Decimal) -> None:
    shown = show_number(value)
    if isinstance(shown, str):
        assert Decimal(shown) == value
        assert len(shown.strip("-").replace(".", "").lstrip("0")) > 15
    else:
        assert Decimal(repr(shown)) == value
