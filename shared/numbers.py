"""Numbers as people read them, every digit kept."""

from decimal import Decimal

NARROW_SPACE, MINUS = "\u202f", "\u2212"


def write_number(value: Decimal | float | str, langue: str = "fr") -> str:
    """Return a number as written in French, ``1 234,5``, or in English, ``1,234.5``; a text as it is."""
    if isinstance(value, str):
        return value
    text = f"{Decimal(str(value)).normalize():,f}".replace("-", MINUS)
    return text if langue == "en" else text.replace(",", NARROW_SPACE).replace(".", ",")
