"""Is a row a measurement? Level 1 (types, codes) and 2 (the rules of its quantity), every fault named."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from services.indicators.errors import fault
from services.indicators.lot_rows import EN_TROP, FIELDS
from services.indicators.row_context import Contexte
from services.indicators.row_faults import Inconnus, not_text, pointer_to
from services.indicators.row_places import Place, Resolveur, read_periode
from services.indicators.row_values import VALEUR, Contenu, fields_of, read_contenu
from services.indicators.vocabulary import Confidentialite, StatutMesure
from shared.body import UNSTORABLE
from shared.errors import Faute
from shared.territoires import Territoire

KNOWN_FIELDS = frozenset({*FIELDS, "ventilation"})
FIELDS_TOLD = tuple(sorted(KNOWN_FIELDS))
WORDS = {"statut": frozenset(StatutMesure), "confidentialite": frozenset(Confidentialite)}
MAX_TEXT = {"ref": 200, "commentaire": 2000}
MAX_UNKNOWN = 20
AHEAD = timedelta(days=1)
"""An extraction dated later than this is a broken clock, which would keep every later push out."""
EARLIEST = datetime(1990, 1, 2, tzinfo=UTC)
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})", re.ASCII)
PLAIN = frozenset({"grandeur", "territoire", "periode", "valeur", "ventilation"})
COUNT = re.compile(r"\d{1,15}", re.ASCII)
MOST_COUNTED = 10**15
INSTANT_TOLD = "AAAA-MM-JJThh:mm:ss+hh:mm"


class Ligne(NamedTuple):
    """A row that may be written. ``parent`` and ``precedente`` serve the rollups and the warnings."""

    indice: int
    definition: int
    territoire: str
    periode: str
    ventilation: str
    parent: str | None
    precedente: str
    contenu: Contenu
    extrait_le: datetime


class Spots(NamedTuple):
    """A quantity at a period where a count is all that a row has to give, and the codes found good there."""

    place: Place
    sites: dict[str, Territoire]
    cuts: dict[tuple[tuple[str, str], ...], str]


class Validateur:
    """Judges the rows of one push, against what ``contexte`` holds."""

    def __init__(self, contexte: Contexte) -> None:
        self._contexte = contexte
        self._inconnus = Inconnus()
        self._resolveur = Resolveur(contexte, self._inconnus)
        self._instants: dict[str, datetime | Faute] = {}
        self._spots: dict[tuple[str, str], Spots | None] = {}
        self._sites: dict[Any, dict[str, Territoire]] = {}

    def check(self, indice: int, row: Any) -> Ligne | list[Faute]:
        """Return the row ready to be written, or every fault found in it."""
        return self._check_plain(indice, row) or self._check_whole(indice, row)

    def _check_plain(self, indice: int, row: Any) -> Ligne | None:
        """Return a good row that gives nothing but a count, as nearly all do; ``None``: it is to be looked at whole.

        This costs much less than the whole look, and refuses nothing.
        """
        extrait_le = self._contexte.extrait_le
        if extrait_le is None or type(row) is not dict or not row.keys() <= PLAIN or not _is_count(row.get("valeur")):
            return None
        try:
            key = row["grandeur"], row["periode"]
            spots = self._spots[key] if key in self._spots else self._open_spots(*key)
            site = spots and (spots.sites.get(row["territoire"]) or self._find_site(row["territoire"], spots))
            given = row.get("ventilation")
            if given is not None and type(given) is not dict:
                return None
            cut = spots and given and (spots.cuts.get((*given.items(),)) or self._find_cut(given, spots))
        except (KeyError, TypeError, AttributeError):
            return None
        if not spots or not site or (given and not cut):
            return None
        contenu = Contenu(Decimal(row["valeur"]), None, None, None, None, None)
        return _ligne(indice, spots.place, site, cut or "", contenu, extrait_le)

    def _open_spots(self, code: Any, periode: Any) -> Spots | None:
        """Return what plain rows of a quantity at a period share, ``None`` when there is none."""
        place = self._resolveur.place(code, periode) if isinstance(code, str) and isinstance(periode, str) else []
        spots = None
        if not isinstance(place, list) and not place.future and fields_of(place.grandeur.nature) == VALEUR:
            sites = self._sites.setdefault((place.dernier_jour, frozenset(place.grandeur.niveaux)), {})
            spots = Spots(place, sites, {})
        self._spots[code, periode] = spots
        return spots

    def _find_site(self, code: Any, spots: Spots) -> Territoire | None:
        found = self._resolveur.site(code, spots.place) if isinstance(code, str) else None
        if not isinstance(found, Territoire):
            return None
        spots.sites[code] = found
        return found

    def _find_cut(self, given: Any, spots: Spots) -> str | None:
        if not all(isinstance(word, str) for word in given.values()):
            return None
        found = self._resolveur.ventilation(given, spots.place.grandeur)
        if not isinstance(found, str):
            return None
        spots.cuts[(*given.items(),)] = found
        return found

    def _check_whole(self, indice: int, row: Any) -> Ligne | list[Faute]:
        if not isinstance(row, dict):
            return [fault("", "TYPE_INVALIDE", attendu="un objet")]
        faults: list[Faute] = []
        if not row.keys() <= KNOWN_FIELDS:
            self._tell_unknown(row, faults)
        place = self._place(row, faults)
        site = self._site(row, place, faults)
        ventilation = self._ventilation(row, place, faults)
        extrait_le = self._extrait_le(row, faults)
        self._check_words(row, faults)
        contenu = read_contenu(row, place[0], faults, optional=self._contexte.sans_valeur) if place else None
        if faults or place is None or site is None or contenu is None or extrait_le is None:
            return faults
        return _ligne(indice, place, site, ventilation, contenu, extrait_le)

    def _tell_unknown(self, row: dict[Any, Any], faults: list[Faute]) -> None:
        if EN_TROP in row:
            faults.append(fault("", "NOMBRE_DE_COLONNES", attendu="autant de cellules que de colonnes"))
        names = sorted(row.keys() - KNOWN_FIELDS - {EN_TROP})[:MAX_UNKNOWN]
        faults += [self._inconnus.tell(pointer_to(name), name, FIELDS_TOLD, "CHAMP_INCONNU") for name in names]

    def _place(self, row: dict[str, Any], faults: list[Faute]) -> Place | None:
        code, periode = row.get("grandeur"), row.get("periode")
        if not isinstance(code, str) or not isinstance(periode, str):
            faults += [not_text(row, name) for name in ("grandeur", "periode") if not isinstance(row.get(name), str)]
            if isinstance(periode, str):
                read_periode(periode, faults)
            return None
        found = self._resolveur.place(code, periode)
        if isinstance(found, list):
            faults += found
            return None
        if found.future and row.get("statut") != StatutMesure.F:
            expected = f"au plus {self._contexte.today.isoformat()}, ou statut f (prévision)"
            faults.append(fault("/periode", "PERIODE_FUTURE", valeur=periode, attendu=expected))
        return found

    def _site(self, row: dict[str, Any], place: Place | None, faults: list[Faute]) -> Territoire | None:
        code = row.get("territoire")
        if not isinstance(code, str):
            faults.append(not_text(row, "territoire"))
            return None
        found = self._resolveur.site(code, place)
        if isinstance(found, list):
            faults += found
            return None
        return found

    def _ventilation(self, row: dict[str, Any], place: Place | None, faults: list[Faute]) -> str:
        given = row.get("ventilation")
        if given is None or given == {}:
            return ""
        if not isinstance(given, dict) or not all(isinstance(word, str) for word in given.values()):
            faults.append(fault("/ventilation", "TYPE_INVALIDE", attendu='{"dimension": "modalité"}'))
            return ""
        found = self._resolveur.ventilation(given, place.grandeur if place else None)
        if isinstance(found, list):
            faults += found
            return ""
        return found

    def _extrait_le(self, row: dict[str, Any], faults: list[Faute]) -> datetime | None:
        given = row.get("extrait_le")
        if given is None:
            if self._contexte.extrait_le is None:
                faults.append(fault("/extrait_le", "CHAMP_REQUIS", attendu="sur la ligne ou dans l'enveloppe"))
            return self._contexte.extrait_le
        if not isinstance(given, str):
            faults.append(not_text(row, "extrait_le"))
            return None
        found = self._instants.get(given)
        if found is None:
            found = self._instants[given] = read_instant(given, self._contexte.now)
        if isinstance(found, Faute):
            faults.append(found)
            return None
        return found

    def _check_words(self, row: dict[str, Any], faults: list[Faute]) -> None:
        for name, known in WORDS.items():
            word = row.get(name)
            if word is None or (isinstance(word, str) and word in known):
                continue
            if isinstance(word, str):
                faults.append(self._inconnus.tell(f"/{name}", word, tuple(sorted(known)), "VALEUR_INCONNUE"))
            else:
                faults.append(not_text(row, name))
        for name, most in MAX_TEXT.items():
            word = row.get(name)
            if word is None:
                continue
            if not isinstance(word, str):
                faults.append(not_text(row, name))
            elif len(word) > most:
                faults.append(fault(f"/{name}", "LONGUEUR_INVALIDE", attendu=f"au plus {most} caractères"))
            elif UNSTORABLE.search(word):
                faults.append(fault(f"/{name}", "CARACTERE_INTERDIT"))


def _ligne(
    indice: int, place: Place, site: Territoire, ventilation: str, contenu: Contenu, extrait_le: datetime
) -> Ligne:
    grandeur, periode, _, precedente, _ = place
    parent = site.parent if grandeur.additive and site.partition else None
    definition = grandeur.definition
    return Ligne(indice, definition, site.code, periode.code, ventilation, parent, precedente, contenu, extrait_le)


def _is_count(valeur: Any) -> bool:
    """Tell whether a value is a whole number that every quantity takes: not negative, plainly within bounds."""
    if type(valeur) is int:
        return 0 <= valeur < MOST_COUNTED
    return type(valeur) is str and COUNT.fullmatch(valeur) is not None


def read_instant(text: str, now: datetime) -> datetime | Faute:
    """Return the instant of an extraction, in UTC, or why it is refused."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return fault("/extrait_le", "DATE_INVALIDE", valeur=text, attendu=INSTANT_TOLD)
    if instant.tzinfo is None or not INSTANT.fullmatch(text):
        return fault("/extrait_le", "DECALAGE_REQUIS", valeur=text, attendu=INSTANT_TOLD)
    return check_instant(instant, now, "/extrait_le") or instant.astimezone(UTC)


def check_instant(instant: datetime, now: datetime, champ: str) -> Faute | None:
    """Return the fault of an extraction that is too old, or after today: a clock was wrong."""
    if EARLIEST <= instant <= now + AHEAD:
        return None
    return fault(champ, "HORS_BORNES", valeur=instant.isoformat(), attendu="ni avant 1990 ni après aujourd'hui")
