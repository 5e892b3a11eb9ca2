"""Made-up situations, new ones for each pass: each fact known or not, none taken from anybody."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from services.orientation.load import FaitFile

KNOWN = 0.7
COMMUNES = ("69266", "69123", "69381", "69383", "69149", "69290", "69029", "69264", "01004", "75056")
EXPECTED = {
    "brsa": (True, True, True, False),
    "soumis_dd": (True, True, False),
    "droit_travail": (True,) * 19 + (False,),
    "domiciliation_metropole": (False,) * 9 + (True,),
    "absences_rio": (0, 0, 0, 1, 2),
    "revenu_activite_moyen_trim": (0, 0, 120, 310.5, 499.99, 500, 740),
    "commune_residence_insee": COMMUNES[:8] * 6 + COMMUNES[8:],
}
"""Where a uniform draw would make most of them strange."""


def make_situations(faits: Sequence[FaitFile], number: int, seed: int) -> list[dict[str, Any]]:
    """Return ``number`` situations; the same ``seed`` gives the same ones."""
    draw = random.Random(seed)  # noqa: S311 - the same ones again, on purpose
    values = {
        fait.code: EXPECTED.get(fait.code) or tuple(valeur.valeur for valeur in fait.valeurs) or (True, False)
        for fait in faits
        if fait.type.value != "date"
    }
    return [_make(draw, values) for _ in range(number)]


def _make(draw: random.Random, values: dict[str, tuple[Any, ...]]) -> dict[str, Any]:
    day = date(2022, 1, 1) + timedelta(days=draw.randrange(1_800))
    found: dict[str, Any] = {"date_reference": str(day)}
    if draw.random() < 0.95:
        found["date_naissance"] = str(day - timedelta(days=draw.randrange(16 * 365, 66 * 365)))
    if draw.random() < KNOWN:
        found["date_notification_sdd"] = str(day - timedelta(days=draw.randrange(120)))
    for name, choices in values.items():
        if draw.random() < (0.97 if name == "commune_residence_insee" else KNOWN):
            found[name] = draw.choice(choices)
    return found
