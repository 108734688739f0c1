#!/usr/bin/env bash
# Installs the binaries of the Lambda layers, for Linux, on any machine. It needs neither Docker nor a compiler.
# Usage: npm run layers
#   Run it before `cdk deploy` of a stack whose functions use DuckDB, ONNX Runtime or vector search.
# Usage: layers/native/install.sh [arm64|x64] [FOLDER]
#   Installs for another processor, or into a copy of this folder. Default: arm64, this folder.
set -euo pipefail
cpu=${1:-arm64}
cd "${2:-$(dirname "$0")}"

for layer in */nodejs; do
  npm ci --prefix "$layer" --os=linux --cpu="$cpu" --libc=glibc --ignore-scripts --no-audit --no-fund --silent
done

# Removes other platforms' binaries from ONNX Runtime and usearch, because a layer may have at most 250 MB.
binaries=onnxruntime/nodejs/node_modules/onnxruntime-node/bin
find "$binaries" -mindepth 2 -maxdepth 2 ! -name linux -exec rm -r {} +
find "$binaries" -mindepth 3 -maxdepth 3 ! -name "$cpu" -exec rm -r {} +
prebuilt=faiss/nodejs/node_modules/usearch/prebuilds
[ ! -d "$prebuilt" ] || find "$prebuilt" -mindepth 1 -maxdepth 1 ! -name "linux-$cpu*" -exec rm -r {} +
du -sh */nodejs/node_modules
