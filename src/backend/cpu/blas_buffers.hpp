// OpenBLAS's buffers, taken while they can be had.
#pragma once

namespace impasto::cpu {

/// Of `wanted` threads that will call OpenBLAS at the same time, so many as there are addresses for
/// under the process's limits (ulimit -v, -d), at least 1: each call takes a buffer, and where it
/// is refused one it asks again for ever. The buffers are OpenBLAS's own from then on, so that the
/// run cannot take their room. Without a limit, `wanted`. Throws
/// MemoryError where there is no room for one.
int threads_with_blas_buffers(int wanted);

}  // namespace impasto::cpu
