#!/usr/bin/env bash
# Builds our binding of FAISS (search.cc) against the system's FAISS (Debian: libfaiss-dev, libopenblas-dev, g++), for this machine.
# Usage: layers/native/faiss/build.sh [FOLDER]; the library is then FOLDER/faiss.node.
set -euo pipefail
cd "$(dirname "$0")/../../.."
folder=${1:-.agentbricks/faiss}
library=$folder/faiss.node
sources=layers/native/faiss
[ "$library" -nt "$sources/inner-product.cc" ] && [ "$library" -nt "$sources/search.cc" ] && exit 0

mkdir -p "$folder"
npm install --prefix "$folder" --no-save --ignore-scripts --silent node-addon-api@8.9.2 node-api-headers@1.9.0

# Apart, because at linking -ffast-math would change the arithmetic of the whole process.
g++ -c -fPIC -O3 -ffast-math "$sources/inner-product.cc" -o "$folder/inner-product.o"
# The first definition of a name holds, and ours comes first. Renamed when whole: two builds may run at once.
unfinished=$folder/faiss.$$.node
g++ -shared -fPIC -O3 -std=c++17 -fopenmp -DNAPI_VERSION=8 -DNAPI_CPP_EXCEPTIONS \
  -I "$folder/node_modules/node-addon-api" -I "$folder/node_modules/node-api-headers/include" \
  "$sources/search.cc" "$folder/inner-product.o" -Wl,--allow-multiple-definition -lfaiss -lopenblas -o "$unfinished"
mv "$unfinished" "$library"
echo "built $library"
