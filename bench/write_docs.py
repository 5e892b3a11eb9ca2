"""``docs/performance.md`` and its drawings, written from the JSON of runs: nothing in them is typed by hand."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import ROOT
from bench.findings import Series
from bench.page_text import HEAD, NOT_SHOWN, PEERS_TEXT
from bench.plots import bars, lines
from bench.probe import NOISE_LIMIT
from bench.targets import ABSENT, MET, MISSED, NOISY, Target, targets_in

Document = Mapping[str, Any]
PAGE, PLOTS = ROOT / "docs" / "performance.md", ROOT / "docs" / "performance"
WORDS = {MET: "met", MISSED: "**missed**", ABSENT: "peer absent", NOISY: "not concluded: noisy machine"}


def write_docs(documents: Sequence[Document], page: Path = PAGE, plots: Path = PLOTS) -> None:
    """Write the page; a job that several runs hold is taken from the last."""
    findings = {finding["job"]: finding for document in documents for finding in document["findings"]}
    targets = {target.about: target for document in documents for target in targets_in(document)}
    growth: Sequence[Document] = next(
        (document["growth"] for document in reversed(documents) if document["growth"]), []
    )
    plots.mkdir(parents=True, exist_ok=True)
    drawn = dict(_drawings(findings, growth))
    for name, (_, text) in drawn.items():
        (plots / f"{name}.svg").write_text(text, encoding="utf-8")
    shown = [f"![{title}]({plots.name}/{name}.svg)" for name, (title, _) in drawn.items()]
    sections = (
        [HEAD, *_runs(documents)],
        ["## Targets", *_targets(list(targets.values())), *_missed(list(targets.values()))],
        ["## Drawings", *shown],
        [PEERS_TEXT, *_absent(findings)],
        ["## Every measure", *(_measures(finding) for finding in findings.values()), *_simple(documents)],
        ["## Growth", *_growth(growth)] if growth else [],
        [NOT_SHOWN],
    )
    page.write_text("\n\n".join(part for section in sections for part in section) + "\n", encoding="utf-8")


def _runs(documents: Sequence[Document]) -> Iterator[str]:
    for document in documents:
        machine, probes = document["machine"], document["probes_ms"]
        noisy = [name for name, each in document["jobs"].items() if each["noisy"]]
        told = f"too noisy to conclude: {', '.join(noisy)}" if noisy else "no job was too noisy to conclude"
        versions = ", ".join(f"{name} {version}" for name, version in document["versions"].items())
        yield (
            f"- **{document['date']}**, `{document['command']}`\n"
            f"- machine: {machine['processor']}, {machine['processors']} processors, {machine['memory']}, "
            f"{machine['system']}\n"
            f"- versions: {versions}\n"
            f"- probe before each job and after the last: {min(probes):.0f} to {max(probes):.0f} ms, {told} (a job is "
            f"when a probe beside it exceeds the fastest by {NOISE_LIMIT:.0%})\n"
            f"- {document['effort']['passes']} passes, {document['effort']['seconds']:g} s each, "
            f"{document['effort']['connections']} connections unless said"
        )


def _targets(targets: Sequence[Target]) -> Iterator[str]:
    rows = [
        (
            target.about,
            f"{'≥' if target.at_least else '≤'} {target.limit:g}",
            _number(target.value),
            f"{_number(min(target.each))} to {_number(max(target.each))}" if target.each else "",
            WORDS[target.verdict],
        )
        for target in targets
    ]
    yield _table(("target", "asked", "seen (median)", "passes", "verdict"), rows)


def _missed(targets: Sequence[Target]) -> Iterator[str]:
    missed = [target.about for target in targets if target.verdict == MISSED]
    yield f"Missed: {'; '.join(missed)}." if missed else "None is missed."


def _drawings(findings: Mapping[str, Document], growth: Sequence[Document]) -> Iterator[tuple[str, tuple[str, str]]]:
    reads = [job for job in findings if any(each["unit"] == "req/s" for each in findings[job]["series"])]
    compared = [job for job in reads if job.startswith("pairs-")]
    for name, title, unit, suffix in (
        ("debits", "Requests per second (more is better)", "req/s", ""),
        ("processeur", "CPU per request, µs, PostgreSQL apart (less is better)", "µs/req", ", CPU"),
    ):
        if compared:
            yield name, (title, bars(name, title, compared, _by_side(findings, compared, unit, suffix)))
    if growth:
        title = "Milliseconds at 1, 10 and 100 times the data"
        factors = sorted({each["factor"] for each in growth})
        series = {each["job"]: [_grown(growth, each["job"], factor) for factor in factors] for each in growth}
        yield "croissance", (title, lines("croissance", title, [f"×{factor}" for factor in factors], series))


def _by_side(
    findings: Mapping[str, Document], jobs: Sequence[str], unit: str, suffix: str
) -> dict[str, list[float | None]]:
    """Return the medians of each side, job by job, none where it has no such series."""
    medians = [
        {
            each["name"].removesuffix(suffix): findings[job]["medians"][each["name"]]
            for each in findings[job]["series"]
            if each["unit"] == unit and each["name"].endswith(suffix)
        }
        for job in jobs
    ]
    return {
        side: [each.get(side) for each in medians] for side in dict.fromkeys(name for each in medians for name in each)
    }


def _grown(growth: Sequence[Document], job: str, factor: int) -> float | None:
    return next((each["p50_ms"] for each in growth if (each["job"], each["factor"]) == (job, factor)), None)


def _absent(findings: Mapping[str, Document]) -> Iterator[str]:
    told = {note for finding in findings.values() for note in finding["notes"] if note.startswith("absent")}
    yield "\n".join(f"- {note}" for note in sorted(told)) if told else "No peer was absent."


def _measures(finding: Document) -> str:
    rows = []
    for each in finding["series"]:
        series = Series(each["name"], each["unit"], tuple(each["values"]), each["many"])
        spread = f"{_number(min(series.values))} to {_number(max(series.values))}"
        rows.append((series.name, series.unit, _number(series.median), spread, str(len(series.values))))
    notes = "".join(f"\n{note}" for note in finding["notes"])
    table = _table(("series", "unit", "median", "from least to most", "measures"), rows)
    return f"### {finding['job']}\n\n{finding['about']}\n\n{table}\n{notes}"


def _simple(documents: Sequence[Document]) -> Iterator[str]:
    rows = [
        (result["job"], result["path"], name, _number(rate), _number(result["median_ratios"][name]))
        for document in documents
        for result in document["results"]
        for name, rate in result["median_rates"].items()
    ]
    if rows:
        yield "### The door and a bare uvicorn that returns the same bytes"
        yield _table(("job", "path", "candidate", "req/s", "ratio to bare uvicorn"), rows)


def _growth(growth: Sequence[Document]) -> Iterator[str]:
    factors = sorted({each["factor"] for each in growth})
    sizes = [
        f"×{factor}: {each['measurements']} measurements, {each['persons']} persons"
        for factor in factors
        for each in [next(each for each in growth if each["factor"] == factor)]
    ]
    yield "; ".join(sizes) + ". Milliseconds, median, one connection, the door's cache off."
    rows = [
        (job, *(_number(_grown(growth, job, factor)) for factor in factors))
        for job in dict.fromkeys(each["job"] for each in growth)
    ]
    yield _table(("job", *(f"×{factor}" for factor in factors)), rows)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    return "\n".join(head + [f"| {' | '.join(row)} |" for row in rows])


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}".replace(",", " ") if abs(value) >= 1000 else f"{value:.3g}"
