"""What is told to a person when an agent decides: plain French, no code (``data/notifications.yaml``, reviewed)."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from shared.data_files import DataModel, read_model

FILE = Path(__file__).parent / "data" / "notifications.yaml"
VOWELS = "aàâeéèêiîoôuûyhAÀÂEÉÈÊIÎOÔUÛY"


class NoticesFile(DataModel):
    """``notifications.yaml``; the head of the file says what each part is."""

    accueil: dict[str, str]
    motifs: dict[str, str]
    sans_motif: str
    verification: str
    ecart: str
    mention: str
    droits: str


@cache
def read_notices() -> NoticesFile:
    """Read the texts; raise ``DataFault`` when the file is wrong."""
    return read_model(FILE, NoticesFile)


def write_notice(parcours: str, organisme: str | None, motifs: Sequence[str], ecart: str | None) -> str:
    """Return the notice of a decision: the pathway, why, who checked, and what the person may ask.

    ``motifs`` are the rules that gave this pathway, none when they gave none; ``ecart`` says why the agent departed.
    """
    texts = read_notices()
    reasons = [ecart] if ecart else _reasons_of(texts.motifs, motifs) or [texts.sans_motif]
    told = " et ".join(_because(each) for each in reasons)
    where = f" ({organisme})" if organisme else ""
    sentences = [
        f"Nous vous proposons un premier rendez-vous avec {texts.accueil[parcours]}{where}, {told}.",
        *([texts.ecart] if ecart else []),
        texts.verification,
        texts.droits,
        texts.mention,
    ]
    return " ".join(sentences)


def _reasons_of(known: Mapping[str, str], motifs: Sequence[str]) -> list[str]:
    return [known[code] for code in motifs if code in known]


def _because(reason: str) -> str:
    return f"parce qu'{reason}" if reason[0] in VOWELS else f"parce que {reason}"
