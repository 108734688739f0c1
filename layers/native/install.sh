#!/usr/bin/env bash
# Fills the Lambda layers with the binaries of Lambda's machines (Linux, arm64), from any machine: no Docker, no compiler.
# Usage: npm run layers, before `cdk deploy` of a stack whose functions use DuckDB, ONNX Runtime or vector search.
set -euo pipefail
cd "$(dirname "$0")"

for layer in */nodejs; do
  npm ci --prefix "$layer" --os=linux --cpu=arm64 --libc=glibc --ignore-scripts --no-audit --no-fund --silent
done

# ONNX Runtime brings every platform's binaries, and a layer may hold 250 MB.
binaries=onnxruntime/nodejs/node_modules/onnxruntime-node/bin
find "$binaries" -mindepth 2 -maxdepth 2 ! -name linux -exec rm -r {} +
find "$binaries" -mindepth 3 -maxdepth 3 ! -name arm64 -exec rm -r {} +
du -sh */nodejs/node_modules
