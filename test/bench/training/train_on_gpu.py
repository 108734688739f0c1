"""Trains the two-tower model on a GPU and samples the GPU's utilisation: `train_on_gpu.py FOLDER`.

FOLDER contains train.tsv, test.tsv and negatives.tsv. Prints one JSON object. Utilisation is defined as by nvidia-smi:
the fraction of time in which the GPU ran a kernel.
"""

import json
import shutil
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

PACKAGE = Path(__file__).parents[3] / "functions/model-training/trainer"
SAMPLE_SECONDS = 0.2
QUERY = ["nvidia-smi", "--query-gpu=utilization.gpu,memory.used,name", "--format=csv,noheader,nounits"]

folder = Path(sys.argv[1]).resolve()
if not shutil.which("nvidia-smi"):
    sys.exit("nvidia-smi was not found: this script needs a GPU")

samples: list[tuple[float, int, int, str]] = []
ended = threading.Event()


def sample() -> None:
    while not ended.wait(SAMPLE_SECONDS):
        first = subprocess.run(QUERY, capture_output=True, text=True, check=True).stdout.splitlines()[0]
        utilisation, mebibytes, name = first.split(", ")
        samples.append((time.monotonic(), int(utilisation), int(mebibytes), name))


files = [part for name in ("train", "test", "negatives") for part in (f"--{name}", str(folder / f"{name}.tsv"))]
command = [sys.executable, "-m", "agentbricks_trainer", "compare", *files, "--models", "two-tower"]
sampler = threading.Thread(target=sample)
sampler.start()
marks: list[float] = []
with subprocess.Popen(command, cwd=PACKAGE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as trainer:
    for line in trainer.stderr:
        sys.stderr.write(line)
        if line.startswith('{"stage": "towers'):
            marks.append(time.monotonic())
    printed = trainer.stdout.read()
ended.set()
sampler.join()
if trainer.returncode != 0:
    sys.exit(f"the trainer exited with status {trainer.returncode}")
trained = json.loads(printed)["models"][0]
busy = [one for one in samples if marks[0] < one[0] < marks[-1]]
print(
    json.dumps(
        {
            "gpu": samples[0][3],
            "trainSeconds": trained["trainSeconds"],
            "epochsSeconds": marks[-1] - marks[0],
            "hr": trained["metrics"]["hitRate@10"]["value"],
            "ndcg": trained["metrics"]["ndcg@10"]["value"],
            "utilisation": statistics.mean(one[1] for one in busy) / 100,
            "gpuBytes": max(one[2] for one in samples) * 2**20,
            "peakBytes": trained["peakBytes"],
        }
    )
)
