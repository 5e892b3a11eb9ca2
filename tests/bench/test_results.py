"""What is said of measures: verdicts, the page, its drawings. The measures themselves are for ``./spie bench``."""

import json
import sys
from pathlib import Path

import pytest

from bench.findings import Demand, Finding, Series, ratio_of
from bench.load import quantile
from bench.measure import Effort
from bench.peers.scratch import AbsentError, run
from bench.report import Report, text_of
from bench.statements import RUN
from bench.targets import targets_in
from bench.write_docs import write_docs

OURS, DJANGO = Series("porte", "req/s", (900.0, 1000.0, 1100.0)), Series("drf", "req/s", (100.0, 100.0, 100.0))


def finding(job: str) -> Finding:
    cost = Series("porte, CPU", "µs/req", (90.0,))
    demands = (
        ratio_of(f"{job} : porte / drf", OURS, DJANGO, 4),
        ratio_of(f"{job} : plus encore", OURS, DJANGO, 40),
        Demand(f"{job} : porte / directus", None, 5, at_least=True),
    )
    return Finding(job, "une page", (OURS, DJANGO, cost), demands, ("absent : directus (npm manque)",))


def report_of(probes: list[float]) -> Report:
    growth = [{"factor": n, "job": "lot", "measurements": n, "persons": n, "p50_ms": 2.0 * n} for n in (1, 10, 100)]
    jobs = ["pairs-page", "pairs-liste"]
    return Report(Effort(3, 1, 16), jobs, probes, [], [finding(job) for job in jobs], growth)


def test_each_target_is_met_missed_or_absent_and_a_noisy_job_concludes_nothing() -> None:
    report = report_of([100.0, 105.0, 131.0])
    verdicts = {each.about: (each.value, each.verdict) for each in targets_in(report.document())}
    assert report.noisy_jobs == ["pairs-liste"]
    assert verdicts == {
        "pairs-page : porte / drf": (10.0, "atteint"),
        "pairs-page : plus encore": (10.0, "manqué"),
        "pairs-page : porte / directus": (None, "absent"),
        "pairs-liste : porte / drf": (10.0, "bruit"),
        "pairs-liste : plus encore": (10.0, "bruit"),
        "pairs-liste : porte / directus": (None, "absent"),
    }
    assert "trop bruyante pour conclure (sondes écartées de plus de 30%) : pairs-liste" in text_of(report)


def test_the_page_says_what_is_missed_and_absent_and_is_the_same_each_time(tmp_path: Path) -> None:
    document = json.loads(json.dumps(report_of([100.0, 100.0, 100.0]).document()))
    page, plots = tmp_path / "performance.md", tmp_path / "performance"
    written = []
    for _ in range(2):
        write_docs([document], page, plots)
        written.append({path.name: path.read_bytes() for path in (page, *plots.iterdir())})
    assert written[0] == written[1]
    assert set(written[0]) == {"performance.md", "debits.svg", "processeur.svg", "croissance.svg"}
    text = page.read_text()
    assert "| pairs-page : porte / drf | ≥ 4 | 10 | 9 to 11 | met |" in text
    assert "Missed: pairs-page : plus encore; pairs-liste : plus encore." in text
    assert "- absent : directus (npm manque)" in text
    assert "| lot | 2 | 20 | 200 |" in text
    assert b"<script" not in b"".join(written[0].values())


def test_a_quantile_is_one_of_the_values_and_a_statement_one_line_of_the_log() -> None:
    assert (quantile([], 0.99), quantile([3, 1, 2], 0.5), quantile(list(range(101)), 0.99)) == (0, 2, 99)
    log = "[1] LOG:  statement: BEGIN;\n[1] LOG:  execute __asyncpg_stmt_1__: SELECT 1\n[1] LOG:  checkpoint starting"
    assert len(RUN.findall(log)) == 2


def test_a_peer_that_does_not_install_says_why_and_names_nothing_of_the_machine(tmp_path: Path) -> None:
    told = "print('npm error no version 99'); print('npm error log in /ailleurs/.npm/a.log'); raise SystemExit(1)"
    with pytest.raises(AbsentError) as absent:
        run([sys.executable, "-c", told], tmp_path, {}, 30)
    assert str(absent.value).endswith(": CalledProcessError, npm error no version 99")
    assert "/" not in str(absent.value)
