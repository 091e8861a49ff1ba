// Rules of the graph API's descriptors. Compiled twice: into the tests of the emulated cuDNN, and
// into those that ask the real one, so that the emulation cannot be more lenient here.
#include <cudnn.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace {

class CudnnDescriptorRules : public testing::Test {
 protected:
  CudnnDescriptorRules() {
    EXPECT_EQ(cudnnBackendCreateDescriptor(CUDNN_BACKEND_TENSOR_DESCRIPTOR, &tensor_),
              CUDNN_STATUS_SUCCESS);
  }
  ~CudnnDescriptorRules() override { cudnnBackendDestroyDescriptor(tensor_); }

  cudnnStatus_t set_numbers(cudnnBackendAttributeName_t name,
                            const std::vector<std::int64_t>& values) {
    return cudnnBackendSetAttribute(tensor_, name, CUDNN_TYPE_INT64,
                                    static_cast<std::int64_t>(values.size()), values.data());
  }
  void set_all_but_strides() {
    const cudnnDataType_t type = CUDNN_DATA_FLOAT;
    EXPECT_EQ(cudnnBackendSetAttribute(tensor_, CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE,
                                       1, &type),
              CUDNN_STATUS_SUCCESS);
    EXPECT_EQ(set_numbers(CUDNN_ATTR_TENSOR_UNIQUE_ID, {1}), CUDNN_STATUS_SUCCESS);
    EXPECT_EQ(set_numbers(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, {16}), CUDNN_STATUS_SUCCESS);
    EXPECT_EQ(set_numbers(CUDNN_ATTR_TENSOR_DIMENSIONS, {1, 8, 4, 4}), CUDNN_STATUS_SUCCESS);
  }
  cudnnStatus_t set_strides() { return set_numbers(CUDNN_ATTR_TENSOR_STRIDES, {128, 1, 32, 8}); }

  cudnnBackendDescriptor_t tensor_ = nullptr;
};

TEST_F(CudnnDescriptorRules, ATensorNeedsItsStrides) {
  set_all_but_strides();
  EXPECT_NE(cudnnBackendFinalize(tensor_), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(set_strides(), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(cudnnBackendFinalize(tensor_), CUDNN_STATUS_SUCCESS);
}

TEST_F(CudnnDescriptorRules, NothingIsSetInAFinalisedDescriptor) {
  set_all_but_strides();
  EXPECT_EQ(set_strides(), CUDNN_STATUS_SUCCESS);
  EXPECT_EQ(cudnnBackendFinalize(tensor_), CUDNN_STATUS_SUCCESS);
  EXPECT_NE(set_strides(), CUDNN_STATUS_SUCCESS);
}

TEST_F(CudnnDescriptorRules, ValuesOfAnotherTypeAreRefused) {
  const float id = 1;
  EXPECT_NE(
      cudnnBackendSetAttribute(tensor_, CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_FLOAT, 1, &id),
      CUDNN_STATUS_SUCCESS);
}

TEST_F(CudnnDescriptorRules, AnAttributeOfAnotherKindOfDescriptorIsRefused) {
  EXPECT_NE(set_numbers(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, {2}), CUDNN_STATUS_SUCCESS);
}

TEST_F(CudnnDescriptorRules, NothingIsReadBeforeADescriptorIsFinalised) {
  std::int64_t id = 0;
  std::int64_t count = 0;
  EXPECT_EQ(set_numbers(CUDNN_ATTR_TENSOR_UNIQUE_ID, {1}), CUDNN_STATUS_SUCCESS);
  EXPECT_NE(cudnnBackendGetAttribute(tensor_, CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, 1,
                                     &count, &id),
            CUDNN_STATUS_SUCCESS);
}

}  // namespace
