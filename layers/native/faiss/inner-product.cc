// FAISS as distributions build it runs on every machine of its kind, and so without the vector instructions that all of today's have:
// its inner product is three times slower than need be. This one is chosen when the library is loaded, by what the processor can.
// Linked before libfaiss.a, it takes the place of the function of the same name there.
#include <cstddef>

#if defined(__x86_64__)
#define BY_PROCESSOR __attribute__((target_clones("arch=haswell", "default")))
#else
#define BY_PROCESSOR
#endif

namespace faiss {

BY_PROCESSOR float fvec_inner_product(const float* x, const float* y, size_t d) {
  float sum = 0;
  for (size_t i = 0; i < d; i++) sum += x[i] * y[i];
  return sum;
}

}  // namespace faiss
