"""What was asked of the product and what was seen, one line a target."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ABSENT, NOISY, MET, MISSED = "absent", "bruit", "atteint", "manqué"
COLUMNS = ("cible", "demandé", "vu", "passe par passe", "verdict")


@dataclass(frozen=True)
class Target:
    """One target."""

    job: str
    about: str
    limit: float
    at_least: bool
    value: float | None
    each: tuple[float, ...]
    verdict: str

    @property
    def row(self) -> tuple[str, ...]:
        """The same, for a table."""
        seen = "-" if self.value is None else short(self.value)
        return (
            self.about,
            f"{'≥' if self.at_least else '≤'} {self.limit:g}",
            seen,
            " ".join(map(short, self.each)),
            self.verdict,
        )


def targets_in(document: Mapping[str, Any]) -> Iterator[Target]:
    """Yield the targets of a document of results; those of a noisy job have no verdict."""
    noisy = {name for name, each in document["jobs"].items() if each["noisy"]}
    for result in document["results"]:
        if result["threshold"] is not None:
            first, *_ = result["ratios"]
            about = f"{result['job']} : {first} / uvicorn nu"
            value = result["median_ratios"][first]
            yield _target(result["job"], about, result["threshold"], True, value, result["ratios"][first], noisy)
    for finding in document["findings"]:
        for demand in finding["demands"]:
            asked = (demand["about"], demand["limit"], demand["at_least"])
            yield _target(finding["job"], *asked, demand["value"], demand["each"], noisy)


def _target(
    job: str, about: str, limit: float, at_least: bool, value: float | None, each: Any, noisy: set[str]
) -> Target:
    met = value is not None and (value >= limit if at_least else value <= limit)
    verdict = ABSENT if value is None else NOISY if job in noisy else MET if met else MISSED
    return Target(job, about, limit, at_least, value, tuple(each), verdict)


def short(value: float) -> str:
    """Write a number with three digits, or whole from a thousand on."""
    return f"{value:,.0f}".replace(",", " ") if abs(value) >= 1000 else f"{value:.3g}"
