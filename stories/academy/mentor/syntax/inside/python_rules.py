"""Reads a Python module from standard input and writes comments on its form as JSON. The module is parsed and not run.

Each comment is an object with rule, line (from 1) and says.
"""

import ast
import json
import sys
from collections.abc import Iterator

CLOCKS = {"time.time", "time.monotonic", "time.perf_counter", "datetime.now", "datetime.datetime.now"}
RANDOM = {"random.random", "random.shuffle", "random.choice", "random.sample", "random.randint", "np.random.rand"}


def dotted(node: ast.expr) -> str:
    """Return the dotted name of an expression such as `time.time`, or an empty string if it has none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def assigned(tree: ast.Module) -> set[str]:
    """Return the names that the module assigns, such as a generator of random numbers that is named `random`."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def comments(tree: ast.Module) -> Iterator[tuple[str, int, str]]:
    """Yield rule, line and remark for each place that a rule finds."""
    own = assigned(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and all(isinstance(each, ast.Pass) for each in node.body):
            says = "The error ends here, and no caller sees it. Handle it, or do not catch it."
            yield "empty except", node.lineno, says
        if isinstance(node, ast.Call) and dotted(node.func) in CLOCKS:
            says = "The function reads a clock, so the same arguments give a different result later."
            yield "a clock in a pure function", node.lineno, says
        if isinstance(node, ast.Call) and dotted(node.func) in RANDOM and dotted(node.func).split(".")[0] not in own:
            says = "The number does not come from the seeded generator, so each training gives a different result."
            yield "randomness without a seed", node.lineno, says


try:
    found = sorted(comments(ast.parse(sys.stdin.read())), key=lambda each: each[1])
except (SyntaxError, ValueError, RecursionError, MemoryError):
    found = []
json.dump([{"rule": rule, "line": line, "says": says} for rule, line, says in found], sys.stdout)
