"""The dimensions of breakdown and their modalities as closed lists, made from ``data/ventilations.yaml``."""

from collections.abc import Iterable

from services.indicators.definition_files import ModaliteFile, VentilationFile
from services.indicators.definitions import ventilations_of
from shared.vocabulary import Terme

PREFIX = "ventilation"
PARTITION = "Les modalités couvrent tout sans se recouvrir : leur somme est le total"
OVERLAP = "Les modalités peuvent se recouvrir : elles ne s'additionnent pas"
SENSITIVE = "une part de 0 % ou de 100 % est cachée"
RESIDUAL = "Modalité résiduelle : elle peut manquer sans que la somme soit incomplète"


def ventilation_vocabularies() -> dict[str, type[Terme]]:
    """Return the list of dimensions, and the modalities of each, by the name they are served under.

    Those of our own file, whatever the plan: they are part of the committed contract.
    """
    dimensions = list(ventilations_of(None).values())
    every = {PREFIX: _build("Les dimensions selon lesquelles une grandeur se ventile", map(_dimension, dimensions))}
    every |= {f"{PREFIX}-{each.code}": _build(each.libelle, map(_modalite, each.modalites)) for each in dimensions}
    return every


def _build(libelle: str, terms: Iterable[tuple[str, str, str]]) -> type[Terme]:
    members = {f"TERME_{rang}": term for rang, term in enumerate(terms)}
    made: type[Terme] = Terme("Ventilation", members)  # type: ignore[arg-type, assignment, call-arg]
    made.__doc__ = libelle
    return made


def _dimension(each: VentilationFile) -> tuple[str, str, str]:
    told = PARTITION if each.partition else OVERLAP
    return each.code, each.libelle, f"{told} ; {SENSITIVE}" if each.sensible else told


def _modalite(each: ModaliteFile) -> tuple[str, str, str]:
    if each.debut is not None or each.fin is not None:
        bounds = (("de", each.debut, "inclus"), ("à", each.fin, "exclu"))
        told = (f"{word} {bound} {kind}" for word, bound, kind in bounds if bound is not None)
        return each.code, each.libelle, ", ".join(told)
    return each.code, each.libelle, RESIDUAL if each.residuelle else each.libelle
