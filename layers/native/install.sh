#!/usr/bin/env bash
# Fills the Lambda layers with the binaries of Lambda's machines (Linux), from any machine: no Docker, no compiler.
# Usage: npm run layers, before `cdk deploy` of a stack whose functions use DuckDB, ONNX Runtime or vector search.
#        layers/native/install.sh [arm64|x64] [FOLDER]: another processor, or a copy of this folder. Default: arm64, here.
set -euo pipefail
cpu=${1:-arm64}
cd "${2:-$(dirname "$0")}"

for layer in */nodejs; do
  npm ci --prefix "$layer" --os=linux --cpu="$cpu" --libc=glibc --ignore-scripts --no-audit --no-fund --silent
done

# ONNX Runtime and usearch bring every platform's binaries, and a layer may hold 250 MB.
binaries=onnxruntime/nodejs/node_modules/onnxruntime-node/bin
find "$binaries" -mindepth 2 -maxdepth 2 ! -name linux -exec rm -r {} +
find "$binaries" -mindepth 3 -maxdepth 3 ! -name "$cpu" -exec rm -r {} +
prebuilt=faiss/nodejs/node_modules/usearch/prebuilds
[ ! -d "$prebuilt" ] || find "$prebuilt" -mindepth 1 -maxdepth 1 ! -name "linux-$cpu*" -exec rm -r {} +
du -sh */nodejs/node_modules
