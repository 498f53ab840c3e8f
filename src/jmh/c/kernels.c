/*
 * Steps of Adam and SGD in C, as the compiler makes them for this processor: what the library's
 * steps are held against. Prints one JSON object a line. measure.sh compiles and runs it.
 *
 * Arrays begin at a multiple of 64 bytes, and once more 16 bytes after one, as the elements of a
 * Java array do behind its header.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 15
#define NOINLINE __attribute__((noinline))

NOINLINE static void adam(long n, double lr, double beta1, double beta2, double epsilon,
                          double *restrict p, const double *restrict g, double *restrict m,
                          double *restrict v) {
  for (long i = 0; i < n; i++) {
    m[i] = beta1 * m[i] + (1. - beta1) * g[i];
    v[i] = beta2 * v[i] + (1. - beta2) * (g[i] * g[i]);
    p[i] = p[i] - lr * m[i] / (sqrt(v[i]) + epsilon);
  }
}

NOINLINE static void sgd(long n, double lr, double *restrict p, const double *restrict g) {
  for (long i = 0; i < n; i++) {
    p[i] = p[i] - lr * g[i];
  }
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Between 0.5 and 1.5 in size, of either sign, as in the Java benchmarks. */
static double *array(long n, int offset, int seed) {
  double *a = (double *)((char *)aligned_alloc(64, n * 8 + 64) + offset);
  unsigned long long x = 88172645463325252ULL + seed;
  for (long i = 0; i < n; i++) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    double size = 0.5 + (x >> 12) * 0x1p-52;
    a[i] = x & 1 ? size : -size;
  }
  return a;
}

static void release(double *a, int offset) { free((char *)a - offset); }

static void measure(const char *kernel, long n, int offset) {
  int isAdam = kernel[0] == 'a';
  double *p = array(n, offset, 1), *g = array(n, offset, 2);
  double *m = isAdam ? array(n, offset, 3) : p, *v = isAdam ? array(n, offset, 4) : p;
  for (long i = 0; isAdam && i < n; i++) {
    v[i] = fabs(v[i]);
  }
  long repeats = 50000000 / n;
  repeats = repeats > 3 ? repeats : 3;
  double ns[ROUNDS];
  long t = 0;
  for (int round = -2; round < ROUNDS; round++) { /* the first two warm up */
    double start = now();
    for (long r = 0; r < repeats; r++) {
      if (isAdam) {
        t++;
        double lr = 1e-3 * (sqrt(1. - pow(0.999, t)) / (1. - pow(0.9, t)));
        adam(n, lr, 0.9, 0.999, 1e-7, p, g, m, v);
      } else {
        sgd(n, 1e-2, p, g);
      }
    }
    if (round >= 0) {
      ns[round] = (now() - start) / repeats / n;
    }
  }
  qsort(ns, ROUNDS, sizeof *ns, ascending);
  printf("{\"kernel\": \"%s\", \"size\": %ld, \"offset\": %d, \"median\": %.4f, \"min\": %.4f, "
         "\"max\": %.4f}\n",
         kernel, n, offset, ns[ROUNDS / 2], ns[0], ns[ROUNDS - 1]);
  fflush(stdout);
  release(p, offset);
  release(g, offset);
  if (isAdam) {
    release(m, offset);
    release(v, offset);
  }
}

int main(void) {
  static const long sizes[] = {1024, 16384, 262144, 1048576, 4194304, 16777216};
  static const char *const kernels[] = {"adam", "sgd"};
  for (int k = 0; k < 2; k++) {
    for (int s = 0; s < 6; s++) {
      measure(kernels[k], sizes[s], 0);
      measure(kernels[k], sizes[s], 16);
    }
  }
}
