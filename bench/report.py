"""What is said of the results: an aligned table for the person, a document for programs."""

import platform
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass
from os import cpu_count, getloadavg
from typing import Any

from bench.findings import Finding
from bench.measure import Effort, Pass, Result
from bench.probe import NOISE_LIMIT, is_noisy, spread

COLUMNS = ("travail", "réponse", "candidat", "req/s", "min - max", "CPU µs/req", "rapport", "passe par passe", "client")
LEFT = ("travail", "réponse", "candidat", "passe par passe")
CLIENT_LIMIT = 0.95


@dataclass(frozen=True)
class Report:
    """Everything one run found."""

    effort: Effort
    probes: list[float]
    results: list[Result]
    findings: list[Finding]

    @property
    def faults(self) -> int:
        """Wrong answers and lost connections, in all."""
        return sum(each.faults for result in self.results for each in result.passes)

    @property
    def is_noisy(self) -> bool:
        """Whether the machine changed too much to conclude."""
        return is_noisy(self.probes)


def text_of(report: Report) -> str:
    """Return the table and what follows from it."""
    rows = [row for result in report.results for row in _rows(result)]
    lines = [*_aligned([COLUMNS, *rows]), ""] if rows else []
    lines += [_threshold_line(result) for result in report.results if result.job.threshold is not None]
    lines += [line for finding in report.findings for line in (*finding.lines, "")]
    lines.append(_probe_line(report.probes))
    lines += [line for result in report.results for line in _warnings(result)]
    if report.is_noisy:
        lines.append(f"machine trop bruyante pour conclure (sondes écartées de plus de {NOISE_LIMIT:.0%})")
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


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(_padded, row, widths, COLUMNS)).rstrip() for row in rows]


def _padded(cell: str, width: int, column: str) -> str:
    return cell.ljust(width) if column in LEFT else cell.rjust(width)


def _threshold_line(result: Result) -> str:
    ratio = statistics.median(result.ratios_of(result.candidates[0]))
    verdict = "atteint" if result.reaches_threshold else "manqué"
    return f"{result.job.name} : seuil {result.job.threshold} : {verdict} (rapport médian {ratio:.3f})"


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


def document_of(report: Report) -> dict[str, Any]:
    """Return the same as JSON-ready data, every pass included."""
    return {
        "machine": {"python": platform.python_version(), "system": platform.platform(), "processors": cpu_count()},
        "load_average": getloadavg(),
        "effort": asdict(report.effort),
        "probes_ms": report.probes,
        "probes_spread": spread(report.probes),
        "noisy": report.is_noisy,
        "results": [_result_document(result) for result in report.results],
        "findings": [finding.document() for finding in report.findings],
    }


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
