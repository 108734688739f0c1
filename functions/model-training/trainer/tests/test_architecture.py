"""The package's folders import in one direction, without cycles, and each has at most MOST_ENTRIES entries."""

import ast
from collections.abc import Iterator
from pathlib import Path

import agentbricks_trainer

PACKAGE = Path(agentbricks_trainer.__file__).parent
NAME = "agentbricks_trainer"
# An entry may import from itself and from entries to its left. Modules in BASE import nothing from the package, and
# modules in TOP may import anything.
ORDER = ["errors", "progress", "dot_product", "data", "training", "models", "export", "evaluation"]
BASE = {"errors", "progress", "dot_product"}
TOP = {"__init__", "__main__", "search_hyperparameters", "train_run"}
MOST_ENTRIES = 12


def modules() -> dict[str, Path]:
    """Returns the name of each module, such as data.plays_as_columns, and its file."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)] = path
    return found


def imports_of(module: str, source: str, is_package: bool, known: set[str]) -> Iterator[str]:
    """Yields the modules of the package that a source imports, also inside functions and for types only."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (
                alias.name.removeprefix(f"{NAME}.") for alias in node.names if alias.name.startswith(f"{NAME}.")
            )
        if not isinstance(node, ast.ImportFrom):
            continue
        base = node.module or ""
        if node.level:
            package = module.split(".") if is_package else module.split(".")[:-1]
            base = ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])])
        elif base == NAME or base.startswith(f"{NAME}."):
            base = base.removeprefix(NAME).removeprefix(".")
        else:
            continue
        for alias in node.names:
            name = f"{base}.{alias.name}" if base else alias.name
            yield name if name in known else base


def graph() -> dict[str, set[str]]:
    files = modules()
    known = set(files)
    return {
        module: set(imports_of(module, path.read_text(), path.name == "__init__.py" and module != "__init__", known))
        for module, path in files.items()
    }


def wrong_direction(edges: dict[str, set[str]]) -> list[str]:
    wrong = []
    for module, imported in edges.items():
        group = module.split(".")[0]
        for other in imported:
            target = other.split(".")[0]
            allowed = group in TOP or (target == group and group not in BASE)
            if not allowed and (target in TOP or ORDER.index(target) >= ORDER.index(group) or group in BASE):
                wrong.append(f"{module} imports {other}")
    return wrong


def cycle_in(edges: dict[str, set[str]]) -> list[str]:
    """Returns the modules of an import cycle, or an empty list."""
    done: set[str] = set()

    def visit(module: str, path: list[str]) -> list[str]:
        if module in path:
            return path[path.index(module) :]
        if module in done:
            return []
        for other in sorted(edges.get(module, ())):
            if found := visit(other, [*path, module]):
                return found
        done.add(module)
        return []

    return next((found for module in sorted(edges) if (found := visit(module, []))), [])


def test_folders_import_only_those_to_their_left() -> None:
    edges = graph()
    assert len(edges) > 60
    assert "data.plays_as_columns" in edges["models.two_tower.cut_plays_into_windows"]
    assert wrong_direction(edges) == []


def test_no_module_imports_itself_through_others() -> None:
    assert cycle_in(graph()) == []


def test_planted_violations_are_found() -> None:
    known = {"data.plays_as_columns", "models", "models.ials", "search_hyperparameters", "errors"}
    source = "def f():\n    from agentbricks_trainer.models import ials\n"
    assert list(imports_of("data.plays_as_columns", source, False, known)) == ["models.ials"]
    imported = imports_of("models.ials", "from ..search_hyperparameters import search", False, known)
    assert list(imported) == ["search_hyperparameters"]
    assert list(imports_of("models", "from . import ials", True, known)) == ["models.ials"]
    planted = {
        "data.plays_as_columns": {"models.ials"},
        "models.ials": {"search_hyperparameters", "data.plays_as_columns"},
        "errors": {"progress"},
    }
    assert wrong_direction(planted) == [
        "data.plays_as_columns imports models.ials",
        "models.ials imports search_hyperparameters",
        "errors imports progress",
    ]
    assert cycle_in(planted) == ["data.plays_as_columns", "models.ials"]


def test_a_folder_fits_on_one_screen() -> None:
    folders = [PACKAGE, *(path for path in PACKAGE.rglob("*") if path.is_dir() and path.name != "__pycache__")]
    entries = {
        folder.name: len([path for path in folder.iterdir() if path.name != "__pycache__"]) for folder in folders
    }
    assert {name: count for name, count in entries.items() if count > MOST_ENTRIES} == {}
