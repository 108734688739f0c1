#!/usr/bin/env bash
# Builds faiss-node against the system's FAISS (Debian: libfaiss-dev, libopenblas-dev, g++), for this machine.
# Usage: layers/native/faiss/build.sh [FOLDER]; the library is then FOLDER/node_modules/faiss-node.
set -euo pipefail
cd "$(dirname "$0")/../../.."
folder=${1:-.agentbricks/faiss}
library=$folder/node_modules/faiss-node
ours=layers/native/faiss/inner-product.cc
[ "$library/build/Release/faiss-node.node" -nt "$ours" ] && exit 0

mkdir -p "$folder"
npm install --prefix "$folder" --no-save --ignore-scripts --silent \
  faiss-node@0.5.1 node-addon-api@6.1.0 node-api-headers@1.9.0

# FAISS before 1.7.4 calls the type Index::idx_t only.
alias=$folder/alias.h
printf '#include <faiss/Index.h>\n' >"$alias"
probe='#include <faiss/Index.h>\nfaiss::idx_t probe;\n'
if ! printf "$probe" | g++ -std=c++17 -fsyntax-only -x c++ - 2>/dev/null; then
  printf 'namespace faiss { using idx_t = Index::idx_t; }\n' >>"$alias"
fi

mkdir -p "$library/build/Release"
# Apart, because at linking -ffast-math would change the arithmetic of the whole process.
g++ -c -fPIC -O3 -ffast-math "$ours" -o "$folder/inner-product.o"
# The first definition of a name holds, and ours comes first.
g++ -shared -fPIC -O3 -std=c++17 -fopenmp -DNAPI_VERSION=6 -DNAPI_CPP_EXCEPTIONS -include "$alias" \
  -I "$folder/node_modules/node-addon-api" -I "$folder/node_modules/node-api-headers/include" \
  "$library/src/faiss.cc" "$folder/inner-product.o" -Wl,--allow-multiple-definition -lfaiss -lopenblas -o "$library/build/Release/faiss-node.node"
echo "built $library"
