"""What always holds of partner feeds, whatever comes and in whatever order."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orientation.flux.definitions import read_definitions
from services.orientation.flux.etat import Etat
from services.orientation.flux.events import EvenementLu, is_notified
from services.orientation.flux.identities import is_nir, read_identity, strong_keys
from services.orientation.flux.plan import Planificateur
from services.orientation.flux.reading import LigneLue
from services.orientation.flux.reports import COUNTERS, Rapport
from services.orientation.flux.validation import Juge, Ligne
from services.orientation.schemas.flux import EnveloppeFlux

DEFINITIONS = read_definitions()
JOUR = date(2026, 3, 1)
START = datetime(2026, 1, 1, tzinfo=UTC)
STATUTS = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from([True, False, None]) for name in ("brsa", "soumis_dd")}
)
LINES = st.lists(st.tuples(st.integers(0, 2), STATUTS), max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def rapport_of(number: int) -> Rapport:
    enveloppe = EnveloppeFlux(source="caf", flux="caf-beneficiaires", extrait_le=START, nombre=number)
    rapport = Rapport("flux-1", enveloppe, "00", START, number)
    rapport.lignes_source = {rank: rank + 2 for rank in range(number)}
    return rapport


def take(etat: Etat, lines: list[tuple[int, dict[str, Any]]], day: int, names: Any, signale: bool = False) -> Rapport:
    """Plan a file extracted on a day, against a state that keeps what it changes."""
    lignes = [Ligne(rank, [("matricule", str(who))], None, faits, None) for rank, (who, faits) in enumerate(lines)]
    rapport = rapport_of(len(lignes))
    extrait = START + timedelta(days=day)
    Planificateur(etat, extrait_le=extrait, jour=JOUR, signale=signale, new_id=lambda: str(next(names))).take(
        lignes, rapport
    )
    return rapport


@given(LINES)
def test_the_counters_add_up_and_a_replay_changes_nothing(lines: list[tuple[int, dict[str, Any]]]) -> None:
    etat, names = Etat(), itertools.count()
    first = take(etat, lines, 1, names)
    assert sum(first.compte[name] for name in COUNTERS) == len(lines)
    told = {who: len(events) for who, events in etat.evenements.items()}
    again = take(etat, lines, 1, names)
    assert sum(again.compte[name] for name in COUNTERS) == len(lines)
    assert again.compte["creees"] == again.compte["perimees"] == 0
    if not first.compte["rejetees"]:
        assert again.compte["inchangees"] == len(lines)
        assert told == {who: len(events) for who, events in etat.evenements.items()}


@given(st.permutations(range(4)), st.lists(STATUTS, min_size=4, max_size=4))
def test_the_order_in_which_extractions_come_does_not_change_what_is_known_at_the_end(
    order: list[int], said: list[dict[str, Any]]
) -> None:
    ends = []
    for days in (range(4), order):
        etat, names = Etat(), itertools.count()
        for day in days:
            take(etat, [(0, said[day])], day, names)
        ends.append(etat.faits["0"])
    assert ends[0] == ends[1]


@given(st.lists(STATUTS, max_size=8), st.booleans())
def test_an_episode_is_notified_at_most_once(said: list[dict[str, Any]], signale: bool) -> None:
    etat, names = Etat(), itertools.count()
    for day, faits in enumerate(said):
        take(etat, [(0, faits)], day, names, signale)
    kinds = [each.type for each in etat.evenements["0"]]
    assert kinds.count("notification_sdd") <= 1
    assert kinds.count("signalement") <= 1


def test_an_exit_ends_the_episode_and_the_abandon_of_a_recipient_does_not() -> None:
    notified = [EvenementLu(JOUR, "notification_sdd")]
    recipient = [EvenementLu(JOUR, "statut", {"brsa": True, "soumis_dd": True}), *notified]
    assert is_notified(recipient)
    assert not is_notified([*recipient, EvenementLu(JOUR, "sortie", {"motif": "FIN_RSA"})])
    assert is_notified([*recipient, EvenementLu(JOUR, "abandon")])
    left = [EvenementLu(JOUR, "statut", {"brsa": False}), *notified, EvenementLu(JOUR, "abandon")]
    assert not is_notified(left)


@given(JSON, st.sampled_from(DEFINITIONS.codes))
def test_any_line_is_judged_without_a_crash_and_no_value_is_told(row: Any, flux: str) -> None:
    juge = Juge(DEFINITIONS, flux, JOUR)
    for shape in (row, {"identite": row, "faits": row, "evenement": row, "ref": row}):
        found = juge.judge(LigneLue(0, 2, shape))
        assert found.fautes
        assert all(faute.valeur is None for faute in found.fautes)


@pytest.mark.parametrize(
    ("nir", "good"), [("190016938200150", False), ("1900169382001", True), ("2A00169382001", False)]
)
def test_the_key_of_a_nir_is_checked(nir: str, good: bool) -> None:
    assert bool(read_identity({"nir": nir})[0]) is good


@given(st.integers(0, 999_999), st.sampled_from(["69", "2A", "2B"]))
def test_a_nir_has_one_good_key(rank: int, departement: str) -> None:
    body = f"19001{departement}{rank:06d}"
    digits = int(body.replace("2A", "19").replace("2B", "18"))
    good = [key for key in range(1, 98) if is_nir(f"{body}{key:02d}")]
    assert good == [97 - digits % 97]


def test_identifiers_are_read_alike_however_they_are_written() -> None:
    short, _ = read_identity({"matricule": "1234567", "date_naissance": "1990-04-01"})
    long, _ = read_identity({"matricule": "1234567 00000000", "date_naissance": "1990-04-01"})
    assert strong_keys(short) == strong_keys(long)


def test_every_fact_and_event_of_a_feed_exists_and_instruction_confirms_nothing() -> None:
    assert {flux.code for flux in DEFINITIONS.flux.values() if not flux.confirme} == {
        "caf-instruction",
        "msa-instruction",
    }
    assert all("sante" not in flux.faits for flux in DEFINITIONS.flux.values())
    assert "iban" in DEFINITIONS.refuses
