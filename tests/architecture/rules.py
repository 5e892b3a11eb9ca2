"""The rules of the house as functions: each takes the root of a tree and returns the faults it finds there."""

import ast
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

Rule = Callable[[Path], list[str]]
Function = ast.FunctionDef | ast.AsyncFunctionDef

PRODUCT = ("services", "gateway", "shared", "migrations", "bench")
COMMON = (
    "app",
    "routes",
    "access",
    "schemas",
    "models",
    "settings",
    "load",
    "vocabulary",
    "service",
    "queries",
    "errors",
)
FORBIDDEN_NAMES = ("utils", "helpers", "common", "crud", "base")
METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "api_route")
READERS = ("queries", "load")
WITHOUT_WEB = ("service", "queries", "models", "load")
APP_LINES, FILE_LINES, TEST_LINES, FUNCTION_LINES, HANDLER_LINES = 59, 300, 500, 40, 15
SELECT = re.compile(r"\bSELECT\b|(?i:\bselect\b.+\bfrom\b)", re.DOTALL)
# Written so that this file does not hold what it forbids.
MACHINE_PATH = re.compile(r"(?<![\w.-])/(?:work|home|root|Users)/")
REGISTRY = re.compile(r"(?:py[p]i|python[h]osted|npm[j]s)\.(?:org|com)|index[-]url|find[-]links|trusted[-]host")


def every_service_has_the_common_files(root: Path) -> list[str]:
    """Who knows one service knows three: the same name does the same job, as a file or, grown, as a folder."""
    return [
        f"{_name(service, root)}: {name} is missing"
        for service in _services(root)
        for name in COMMON
        if name not in jobs_of(service)
    ]


def app_files_are_short(root: Path) -> list[str]:
    """``app.py`` holds create_app and the lifespan, nothing else."""
    return [fault for service in _services(root) for fault in _too_long(service / "app.py", root, APP_LINES)]


def files_are_short(root: Path) -> list[str]:
    """300 lines a file; 500 a test file."""
    product = [path for path in _python(root, *PRODUCT) if path.relative_to(root).parts[0] != "migrations"]
    faults = [fault for path in product for fault in _too_long(path, root, FILE_LINES)]
    return faults + [fault for path in _python(root, "tests") for fault in _too_long(path, root, TEST_LINES)]


def functions_are_short(root: Path) -> list[str]:
    """40 lines a function, its signature and docstring included; migrations are written by Alembic."""
    return [
        f"{_name(path, root)}:{function.lineno}: {function.name} has {length} lines"
        for path in _python(root, *PRODUCT, "tests")
        if path.relative_to(root).parts[0] != "migrations"
        for function in _functions(path)
        if (length := _lines(function)) > FUNCTION_LINES
    ]


def handlers_are_short(root: Path) -> list[str]:
    """A handler parses, calls and returns."""
    return [
        f"{_name(path, root)}:{handler.lineno}: {handler.name} has {length} lines of statements"
        for path in _routes(root)
        for handler in _handlers(path)
        if (length := sum(_lines(statement) for statement in handler.body if not _is_text(statement))) > HANDLER_LINES
    ]


def names_say_what_is_inside(root: Path) -> list[str]:
    """No drawer for everything."""
    return [
        _name(path, root)
        for path in _python(root, *PRODUCT, "tests")
        if not set(FORBIDDEN_NAMES).isdisjoint(path.relative_to(root).with_suffix("").parts)
    ]


def handlers_begin_with_their_right(root: Path) -> list[str]:
    """The first parameter, after the request, is a right named in the service's ``access.py``."""
    return [
        f"{_name(path, root)}:{handler.lineno}: {handler.name} does not begin with a right of access.py"
        for path in _routes(root)
        for handler in _handlers(path)
        if _first_annotation(handler) not in _rights(path, root)
    ]


def reads_stand_in_queries(root: Path) -> list[str]:
    """Every SELECT has one home."""
    return [
        f"{_name(path, root)}:{line}: a SELECT"
        for service in _services(root)
        for path in _python(service)
        if path.relative_to(service).with_suffix("").parts[0] not in READERS
        for line in [*_calls(path, "select"), *_texts(path, SELECT)]
    ]


def decisions_never_see_the_web(root: Path) -> list[str]:
    """Decisions, queries and tables know no request and no response."""
    return [
        f"{_name(path, root)}: imports {module}"
        for service in _services(root)
        for path in _python(service)
        if path.relative_to(service).with_suffix("").parts[0] in WITHOUT_WEB
        for module in _imports(path)
        if module.split(".")[0] in ("fastapi", "starlette")
    ]


def only_the_session_commits(root: Path) -> list[str]:
    """One request, one transaction, one commit: in ``shared/database.py``."""
    return [
        f"{_name(path, root)}:{node.lineno}: a commit"
        for path in _python(root, *PRODUCT)
        if _name(path, root) != "shared/database.py"
        for node in ast.walk(_parse(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]


def tables_come_from_migrations(root: Path) -> list[str]:
    """Never ``create_all``."""
    return [
        f"{_name(path, root)}:{node.lineno}: create_all"
        for path in _python(root, *PRODUCT, "tests")
        for node in ast.walk(_parse(path))
        if isinstance(node, ast.Attribute) and node.attr == "create_all"
    ]


def only_commands_print(root: Path) -> list[str]:
    """What runs as a service logs; what a person runs prints."""
    return [
        f"{_name(path, root)}:{line}: a print"
        for path in _python(root, *PRODUCT)
        if not _name(path, root).startswith("gateway/cli/")
        for line in _calls(path, "print")
    ]


def sql_stays_in_its_schema(root: Path) -> list[str]:
    """A service and its migrations name no other service's schema."""
    names = [service.name for service in _services(root)]
    faults = []
    for name in names:
        others = "|".join(other for other in names if other != name)
        qualified = re.compile(rf'(?<![\w./-])"?(?:{others})"?\."?[a-z_]')
        whole = re.compile(rf"^(?:{others})$")
        own = [(path, qualified) for path in _python(root / "services" / name)]
        own += [(path, pattern) for path in _python(root / "migrations" / name) for pattern in (qualified, whole)]
        own += [(path, whole) for path in _python(root / "services" / name) if path.name in ("models.py", "app.py")]
        faults += [
            f"{_name(path, root)}:{line}: another service's schema"
            for path, pattern in own
            for line in _texts(path, pattern)
        ]
    return faults


def no_file_names_a_machine(root: Path) -> list[str]:
    """What is committed runs from any folder."""
    return _search(root, MACHINE_PATH)


def no_file_names_a_registry(root: Path) -> list[str]:
    """Packages come from wherever the machine is told to take them; lock files hold no address at all."""
    addresses = _search(root, re.compile("://"))
    return _search(root, REGISTRY) + [fault for fault in addresses if fault.split(":")[0].endswith(".lock")]


RULES: tuple[Rule, ...] = (
    every_service_has_the_common_files,
    app_files_are_short,
    files_are_short,
    functions_are_short,
    handlers_are_short,
    names_say_what_is_inside,
    handlers_begin_with_their_right,
    reads_stand_in_queries,
    decisions_never_see_the_web,
    only_the_session_commits,
    tables_come_from_migrations,
    only_commands_print,
    sql_stays_in_its_schema,
    no_file_names_a_machine,
    no_file_names_a_registry,
)


def jobs_of(service: Path) -> set[str]:
    """The names of what a service is made of: ``routes.py``, or the folder ``routes``."""
    return {path.stem for path in service.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}


def committed_files(root: Path) -> list[Path]:
    """The files that git holds or would take."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        env=git_environment(),
        capture_output=True,
        check=True,
    ).stdout.decode()
    return sorted({path for name in listed.split("\0") if name and (path := root / name).is_file()})


def git_environment() -> dict[str, str]:
    """The environment without what a commit's hook says to git: here it would speak of another tree."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def _search(root: Path, pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{_name(path, root)}:{number}: {found.group()}"
        for path in committed_files(root)
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if (found := pattern.search(line))
    ]


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _services(root: Path) -> list[Path]:
    return sorted(path.parent for path in (root / "services").glob("*/__init__.py"))


def _python(root: Path, *folders: str) -> list[Path]:
    tops = [root / folder for folder in folders] or [root]
    return sorted(path for top in tops for path in top.rglob("*.py"))


def _routes(root: Path) -> list[Path]:
    packages = [*_services(root), root / "gateway"]
    return [
        path for package in packages for path in (package / "routes.py", *_python(package / "routes")) if path.is_file()
    ]


@cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _too_long(path: Path, root: Path, limit: int) -> list[str]:
    length = len(path.read_text(encoding="utf-8").splitlines()) if path.is_file() else 0
    return [f"{_name(path, root)}: {length} lines, at most {limit}"] if length > limit else []


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _is_text(statement: ast.stmt) -> bool:
    """Whether the statement is a docstring."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(_parse(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _handlers(path: Path) -> Iterator[Function]:
    for function in _functions(path):
        calls = [decorator.func for decorator in function.decorator_list if isinstance(decorator, ast.Call)]
        if any(isinstance(call, ast.Attribute) and call.attr in METHODS for call in calls):
            yield function


def _first_annotation(handler: Function) -> str:
    arguments = [*handler.args.posonlyargs, *handler.args.args, *handler.args.kwonlyargs]
    annotations = [ast.unparse(argument.annotation) if argument.annotation else "" for argument in arguments]
    kept = annotations[1:] if annotations[:1] == ["Request"] else annotations
    return kept[0] if kept else ""


def _rights(path: Path, root: Path) -> set[str]:
    """The names that a routes file imports from the ``access.py`` of its own package."""
    package = path.parent.parent if path.parent.name == "routes" else path.parent
    access = ".".join((*package.relative_to(root).parts, "access"))
    return {
        alias.asname or alias.name
        for node in ast.walk(_parse(path))
        if isinstance(node, ast.ImportFrom) and node.module == access
        for alias in node.names
    }


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(_parse(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def _calls(path: Path, name: str) -> list[int]:
    """The lines where the function ``name`` is called, by itself or from a module."""
    calls = [node for node in ast.walk(_parse(path)) if isinstance(node, ast.Call)]
    return [
        call.lineno
        for call in calls
        if (isinstance(call.func, ast.Name) and call.func.id == name)
        or (isinstance(call.func, ast.Attribute) and call.func.attr == name)
    ]


def _texts(path: Path, pattern: re.Pattern[str]) -> list[int]:
    """The lines of the texts that match, docstrings apart."""
    docstrings = {id(node.value) for node in ast.walk(_parse(path)) if isinstance(node, ast.Expr)}
    return [
        node.lineno
        for node in ast.walk(_parse(path))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
        and pattern.search(node.value)
    ]
