"""Commands of the live check of step 03.6: train a small model and export it, or export a model that was trained."""

import json
from pathlib import Path

FITTED = "fitted.pt"
TITLES = "titles.json"


def fit(data: Path, out: Path) -> int:
    """Trains a model, exports it with the package's module, and stores it for `export`."""
    import torch

    from agentbricks_trainer.data.load_run import load_run
    from agentbricks_trainer.export.export import export as write
    from agentbricks_trainer.models.two_stage import fit as train
    from agentbricks_trainer.progress import to_stderr

    run = load_run(data)
    fitted = train(run, run.plays, run.rows, 0, to_stderr)
    write(fitted, run, out)
    torch.save(fitted, out / FITTED)
    (out / TITLES).write_text(json.dumps(run.titles))
    return 0


def export(data: Path, out: Path, fitted: Path) -> int:
    """Exports a stored model, in training mode, with the package's module."""
    import torch

    from agentbricks_trainer.data.load_run import load_run
    from agentbricks_trainer.export.export import export as write
    from agentbricks_trainer.progress import to_stderr

    model = torch.load(fitted / FITTED, weights_only=False)
    model.towers.train()
    model.ranker.train()
    to_stderr("loaded")
    write(model, load_run(data), out)
    return 0
