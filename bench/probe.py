"""The machine itself: a fixed work timed now and then, to know whether the measures of one run can be compared."""

import statistics
import time

REPEATS = 5
LOOPS = 1_000_000
BLOCK = 64 << 20
NOISE_LIMIT = 0.30


def probe_ms() -> float:
    """Return the milliseconds of the fixed work: the median of a few repeats, after one that wakes the machine."""
    source, target = bytearray(BLOCK), bytearray(BLOCK)
    _work_ms(source, target)
    return statistics.median(_work_ms(source, target) for _ in range(REPEATS))


def _work_ms(source: bytearray, target: bytearray) -> float:
    started = time.perf_counter()
    total = 0
    for number in range(LOOPS):
        total += number * number % 7
    words = {str(number): number for number in range(LOOPS // 10)}
    sorted(words)
    target[:] = source
    return (time.perf_counter() - started) * 1000


def spread(probes: list[float]) -> float:
    """Return by how much the slowest probe exceeds the fastest (0.3 is 30 %)."""
    return max(probes) / min(probes) - 1


def excess(probes: list[float], probe: float) -> float:
    """Return by how much a probe exceeds the fastest of the run."""
    return probe / min(probes) - 1
