#!/bin/sh
# Muon's matrix products in Java and in NumPy, one after the other: a table in Markdown.
set -e
cd "$(dirname "$0")/../../.."
mvn -q -Pjmh test-compile exec:exec \
  -Djmh.args="${1:-NewtonSchulz -f 2}" -Djmh.result=target/newton-schulz-result.json >&2
[ -d target/numpy ] || python3 -m venv target/numpy
target/numpy/bin/pip -q install numpy==2.4.6
target/numpy/bin/python src/jmh/numpy/newton_schulz.py target/newton-schulz-result.json
