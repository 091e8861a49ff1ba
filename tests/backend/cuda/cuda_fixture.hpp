// A fresh emulated device for each test.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "backend/cuda/cuda_backend.hpp"
#include "cuda_emulation/emulation.hpp"

namespace impasto {

class EmulatedCuda : public testing::Test {
 protected:
  void SetUp() override { cuda_emulation::reset(); }
  void TearDown() override { EXPECT_EQ(cuda_emulation::last_failure(), ""); }

  static std::unique_ptr<Backend> make(Precision precision = Precision::kFp32, bool graph = true) {
    return cuda::make_backend({0, precision, graph});
  }
};

}  // namespace impasto
