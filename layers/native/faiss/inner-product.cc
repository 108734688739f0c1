// Inner product with the processor's vector instructions. Distributions build FAISS for the oldest processors of an architecture,
// without these instructions, which makes its inner product three times slower. When the library is loaded, the dynamic linker
// selects the version for the processor. Linked before libfaiss.a, this function replaces FAISS's function of the same name.
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
