"""What is said of the results: an aligned table for the person, a document for programs."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bench import machine, targets
from bench.findings import Finding
from bench.measure import Effort, Pass, Result
from bench.probe import NOISE_LIMIT, excess, spread

COLUMNS = ("travail", "réponse", "candidat", "req/s", "min - max", "CPU µs/req", "rapport", "passe par passe", "client")
LEFT = ("travail", "réponse", "candidat", "passe par passe", "cible", "verdict")
CLIENT_LIMIT = 0.95


@dataclass(frozen=True)
class Report:
    """Everything one run found. The machine is probed before each job and after the last."""

    effort: Effort
    jobs: list[str] = field(default_factory=list)
    probes: list[float] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    growth: list[dict[str, Any]] = field(default_factory=list)

    @property
    def faults(self) -> int:
        """Wrong answers and lost connections, in all."""
        return sum(each.faults for result in self.results for each in result.passes)

    @property
    def noisy_jobs(self) -> list[str]:
        """The jobs before or after which the machine was too slow, compared with its best, to conclude."""
        return [name for name, each in zip(self.jobs, self._excesses(), strict=True) if each > NOISE_LIMIT]

    def _excesses(self) -> list[float]:
        around = zip(self.probes, self.probes[1:], strict=False)
        return [max(excess(self.probes, each) for each in pair) for pair in around]

    def document(self) -> dict[str, Any]:
        """Return the whole as JSON-ready data, every pass included."""
        document = {
            **machine.describe(),
            "effort": asdict(self.effort),
            "probes_ms": self.probes,
            "probes_spread": spread(self.probes),
            "jobs": {
                name: {"probes_ms": list(pair), "noisy": name in self.noisy_jobs}
                for name, pair in zip(self.jobs, zip(self.probes, self.probes[1:], strict=False), strict=True)
            },
            "results": [_result_document(result) for result in self.results],
            "findings": [finding.document() for finding in self.findings],
            "growth": self.growth,
        }
        return {**document, "targets": [asdict(each) for each in targets.targets_in(document)]}


def text_of(report: Report) -> str:
    """Return the tables and what follows from them."""
    rows = [row for result in report.results for row in _rows(result)]
    lines = [*aligned(COLUMNS, rows), ""] if rows else []
    lines += [line for finding in report.findings for line in (*finding.lines, "")]
    asked = [each.row for each in targets.targets_in(report.document())]
    lines += [*aligned(targets.COLUMNS, asked), ""] if asked else []
    lines.append(_probe_line(report.probes))
    lines += [line for result in report.results for line in _warnings(result)]
    if report.noisy_jobs:
        told = ", ".join(report.noisy_jobs)
        lines.append(f"machine trop bruyante pour conclure (sondes écartées de plus de {NOISE_LIMIT:.0%}) : {told}")
    return "\n".join(lines)


def _rows(result: Result) -> list[tuple[str, ...]]:
    return [_row(result, candidate) for candidate in result.candidates]


def _row(result: Result, candidate: str) -> tuple[str, ...]:
    rates = result.rates_of(candidate)
    ratios = result.ratios_of(candidate)
    passes = result.passes_of(candidate)
    return (
        result.job.name,
        f"{result.status}, {result.length} o",
        candidate,
        f"{statistics.median(rates):.0f}",
        f"{min(rates):.0f} - {max(rates):.0f}",
        f"{_median(passes, lambda each: each.cpu_seconds_per_request) * 1e6:.1f}",
        f"{statistics.median(ratios):.3f}",
        " ".join(f"{ratio:.3f}" for ratio in ratios),
        f"{_median(passes, lambda each: each.client_busy):.0%}",
    )


def _median(passes: list[Pass], value: Callable[[Pass], float]) -> float:
    return statistics.median(value(each) for each in passes)


def aligned(columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Return the lines of a table."""
    whole = [tuple(columns), *rows]
    widths = [max(map(len, column)) for column in zip(*whole, strict=True)]
    return ["  ".join(map(_padded, row, widths, columns)).rstrip() for row in whole]


def _padded(cell: str, width: int, column: str) -> str:
    return cell.ljust(width) if column in LEFT else cell.rjust(width)


def _probe_line(probes: list[float]) -> str:
    return f"sonde de la machine : {' '.join(f'{probe:.1f}' for probe in probes)} ms, écart {spread(probes):.0%}"


def _warnings(result: Result) -> list[str]:
    lines = []
    for candidate in result.candidates:
        passes = result.passes_of(candidate)
        faults = [each for each in passes if each.faults]
        if faults:
            count = sum(each.faults for each in faults)
            lines.append(f"{result.job.name}, {candidate} : {count} réponses fausses ({faults[0].first_fault})")
        if _median(passes, lambda each: each.client_busy) > CLIENT_LIMIT:
            lines.append(
                f"{result.job.name}, {candidate} : le client est à fond, le serveur ferait davantage "
                "(le CPU par requête, lui, est juste)"
            )
    return lines


def _result_document(result: Result) -> dict[str, Any]:
    return {
        "job": result.job.name,
        "path": result.job.path,
        "status": result.status,
        "length": result.length,
        "threshold": result.job.threshold,
        "reaches_threshold": result.reaches_threshold,
        "median_rates": {name: statistics.median(result.rates_of(name)) for name in result.candidates},
        "ratios": {name: result.ratios_of(name) for name in result.candidates},
        "median_ratios": {name: statistics.median(result.ratios_of(name)) for name in result.candidates},
        "passes": [asdict(each) for each in result.passes],
    }
