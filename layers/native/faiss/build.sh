#!/usr/bin/env bash
# Builds our binding of FAISS (search.cc) for this machine, with the system's FAISS (Debian: libfaiss-dev, libopenblas-dev, g++).
# Usage: layers/native/faiss/build.sh [FOLDER]
# Writes FOLDER/faiss.node. Default folder: .agentbricks/faiss
set -euo pipefail
cd "$(dirname "$0")/../../.."
folder=${1:-.agentbricks/faiss}
library=$folder/faiss.node
sources=layers/native/faiss
[ "$library" -nt "$sources/inner-product.cc" ] && [ "$library" -nt "$sources/search.cc" ] && exit 0

mkdir -p "$folder"
npm install --prefix "$folder" --no-save --ignore-scripts --silent node-addon-api@8.9.2 node-api-headers@1.9.0

# Compiled separately: with -ffast-math, the linker would change the floating-point mode of the complete process.
g++ -c -fPIC -O3 -ffast-math "$sources/inner-product.cc" -o "$folder/inner-product.o"
# Our inner product comes first, so the linker ignores FAISS's definition. The output is renamed when it is complete, because two
# builds may run at the same time.
unfinished=$folder/faiss.$$.node
g++ -shared -fPIC -O3 -std=c++17 -fopenmp -DNAPI_VERSION=8 -DNAPI_CPP_EXCEPTIONS \
  -I "$folder/node_modules/node-addon-api" -I "$folder/node_modules/node-api-headers/include" \
  "$sources/search.cc" "$folder/inner-product.o" -Wl,--allow-multiple-definition -lfaiss -lopenblas -o "$unfinished"
mv "$unfinished" "$library"
echo "built $library"
