"""What a job on stored measurements found: series of measures, and what is asked of them."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Series:
    """One candidate's measures, pass by pass; ``many`` small ones are told by their quantiles."""

    name: str
    unit: str
    values: tuple[float, ...]
    many: bool = False

    @property
    def median(self) -> float:
        """The median of the passes."""
        return statistics.median(self.values)

    @property
    def told(self) -> str:
        """The median and its spread, for a person."""
        if self.many:
            p95 = statistics.quantiles(self.values, n=20)[-1]
            spread = f"p95 {_short(p95)}, p99 {_short(statistics.quantiles(self.values, n=100)[-1])}"
            return f"{self.name} : p50 {_short(self.median)} {self.unit} ({spread}, {len(self.values)} réponses)"
        if len(self.values) == 1:
            return f"{self.name} : {_short(self.median)} {self.unit}"
        spread = f"{_short(min(self.values))} - {_short(max(self.values))}, {len(self.values)} passes"
        return f"{self.name} : {_short(self.median)} {self.unit} ({spread})"


@dataclass(frozen=True)
class Demand:
    """One figure against its limit: at least, or at most."""

    about: str
    value: float | None
    """None where what it is compared with is absent."""
    limit: float
    at_least: bool
    each: tuple[float, ...] = ()

    @property
    def met(self) -> bool | None:
        """Whether the figure is on the right side; None where there is none."""
        if self.value is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    @property
    def told(self) -> str:
        """The verdict, for a person."""
        sign = "≥" if self.at_least else "≤"
        if self.value is None:
            return f"{self.about} : seuil {sign} {self.limit:g} : rien à comparer"
        each = f", passe par passe {' '.join(f'{value:.3f}' for value in self.each)}" if self.each else ""
        verdict = "atteint" if self.met else "manqué"
        return f"{self.about} : seuil {sign} {self.limit:g} : {verdict} ({_short(self.value)}{each})"


@dataclass(frozen=True)
class Finding:
    """Everything one job found; ``notes`` say under which conditions."""

    job: str
    about: str
    series: tuple[Series, ...]
    demands: tuple[Demand, ...]
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """The same, for a person."""
        told = [f"  {each.told}" for each in self.series] + [f"  {note}" for note in self.notes]
        return [f"{self.job} : {self.about}", *told, *(f"  {demand.told}" for demand in self.demands)]

    def document(self) -> dict[str, Any]:
        """The same, as JSON-ready data."""
        medians = {each.name: each.median for each in self.series}
        met = {demand.about: demand.met for demand in self.demands}
        return {**asdict(self), "medians": medians, "met": met}


def ratio_of(about: str, one: Series, other: Series, limit: float, *, at_least: bool = True) -> Demand:
    """Compare two series pass by pass: the median of the ratios is what must keep to the limit."""
    each = ratios(one.values, other.values)
    return Demand(about, statistics.median(each), limit, at_least=at_least, each=each)


def ratios(ones: Sequence[float], others: Sequence[float]) -> tuple[float, ...]:
    """Return one against other, pass by pass."""
    return tuple(one / other for one, other in zip(ones, others, strict=True))


def _short(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ") if abs(value) >= 1000 else f"{value:.3g}"
