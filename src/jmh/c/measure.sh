#!/bin/sh
# Compiles kernels.c for this processor and measures it: target/c-result.jsonl.
set -e
cd "$(dirname "$0")/../../.."
mkdir -p target
${CC:-gcc} -O3 -march=native -mprefer-vector-width=512 -ffp-contract=off -fno-math-errno \
  src/jmh/c/kernels.c -o target/kernels -lm
target/kernels | tee target/c-result.jsonl
