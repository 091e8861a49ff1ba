// Keeping libraries that take threads from OpenMP to the thread that calls them.
#pragma once

#include <omp.h>

namespace impasto::cpu {

/// For its lifetime, OpenMP starts no threads for what this thread calls. oneDNN and OpenBLAS ask
/// it at each call how many they may have, and each thread has an answer of its own: it does not
/// suffice to set one for the process. Where two threads share a product, its sums depend on how
/// they did.
class OneThread {
 public:
  OneThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;
  OneThread(OneThread&&) = delete;
  OneThread& operator=(OneThread&&) = delete;
  ~OneThread() { omp_set_num_threads(before_); }

 private:
  int before_;
};

}  // namespace impasto::cpu
