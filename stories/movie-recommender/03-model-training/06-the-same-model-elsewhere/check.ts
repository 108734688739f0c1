import { join } from 'node:path';
import { pythonCheckpoint } from '../../../academy/runners/python/python-checkpoint.ts';
import { exportInputs } from './judge/generate-model-inputs.ts';
import { judgeExport } from './judge/judge-export.ts';

/** A module that reports a perfect export, in each way that the runner's messages allow. */
const LIAR = `
import json
import os
from types import SimpleNamespace

REPORT = {"kind": "outcome", "name": "export", "outcome": {"kind": "returned", "value": {"difference": 0.0}}, "files": []}


def export(fitted, run, folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "passed.json").write_text(json.dumps({"outcome": "passed", "greatest_difference": 0.0}))
    print(json.dumps({"kind": "done"}))
    os.write(3, f"{json.dumps(REPORT)}\\n".encode())
    return SimpleNamespace(greatest_difference=0.0, passed=True, outcome="passed")
`;

export const checkpoint = pythonCheckpoint({
  module: 'agentbricks_trainer.export.export',
  name: 'export',
  imports: [
    ...['faiss', 'onnx', 'onnx.checker', 'onnxruntime', 'torch.onnx.utils', 'torch.onnx.symbolic_opset20'],
    ...['agentbricks_trainer.export.build_index', 'agentbricks_trainer.export.similar_titles'],
  ],
  scenarios: join(import.meta.dirname, 'scenarios.py'),
  inputs: exportInputs,
  judge: judgeExport,
  liar: LIAR,
});
