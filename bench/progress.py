"""How far a run is, on a terminal: a bar below what jobs tell."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


@contextmanager
def showing(total: int) -> Iterator[Callable[[str, int], None]]:
    """Show a bar where there is a terminal; yield what moves it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("banc", total=total)

        def tell(name: str, done: int) -> None:
            progress.update(task, description=name or "fini", completed=done)

        yield tell
