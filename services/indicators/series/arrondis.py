"""Exact decimals, rounded once, half to even, on the way out."""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal

CALCUL = Context(prec=200, rounding=ROUND_HALF_EVEN)
ZERO = Decimal(0)


def add(values: Iterable[Decimal]) -> Decimal:
    """Return the exact sum."""
    total = ZERO
    for value in values:
        total = CALCUL.add(total, value)
    return total


def round_value(value: Decimal, decimales: int) -> Decimal:
    """Return ``value`` with so many decimals, never a negative zero."""
    return CALCUL.add(CALCUL.quantize(value, CALCUL.scaleb(Decimal(1), -decimales)), ZERO)


def round_quotient(numerateur: Decimal, denominateur: Decimal, decimales: int) -> Decimal:
    """Return the quotient with so many decimals, rounded from its true value: never twice."""
    sign = -1 if (numerateur < 0) != (denominateur < 0) else 1
    below = abs(denominateur)
    quotient, rest = CALCUL.divmod(CALCUL.scaleb(abs(numerateur), decimales), below)
    twice = CALCUL.add(rest, rest)
    if twice > below or (twice == below and CALCUL.remainder(quotient, Decimal(2))):
        quotient = CALCUL.add(quotient, Decimal(1))
    return CALCUL.add(CALCUL.scaleb(CALCUL.multiply(quotient, Decimal(sign)), -decimales), ZERO)
