#include <hdf5.h>

#include <array>
#include <chrono>
#include <limits>

#include "weights/hdf5.hpp"
#include "weights_fixture.hpp"

namespace impasto {
namespace {

using WeightsFile = WeightsTest;

/// Opens a written file to spoil it.
Hdf5Handle reopen(const std::string& path) {
  return {H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose};
}

void put_integer(const std::string& path, const char* attribute, int value) {
  const Hdf5Handle file = reopen(path);
  const Hdf5Handle handle(H5Aopen(file.id(), attribute, H5P_DEFAULT), H5Aclose);
  ASSERT_GE(H5Awrite(handle.id(), H5T_NATIVE_INT, &value), 0);
}

struct DatasetForm {
  std::vector<hsize_t> shape;
  hid_t type = H5T_IEEE_F32LE;
  bool checksummed = true;
};

/// Puts another, empty data set in the place of one.
void replace_dataset(const std::string& path, const char* name, const DatasetForm& form) {
  const Hdf5Session session;
  const Hdf5Handle file = reopen(path);
  ASSERT_GE(H5Ldelete(file.id(), name, H5P_DEFAULT), 0);
  const auto rank = static_cast<int>(form.shape.size());
  const Hdf5Handle space(H5Screate_simple(rank, form.shape.data(), nullptr), H5Sclose);
  const Hdf5Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  if (form.checksummed) {
    const std::vector<hsize_t> chunk(form.shape.size(), 1);
    H5Pset_chunk(properties.id(), rank, chunk.data());
    H5Pset_fletcher32(properties.id());
  } else {
    H5Pset_alloc_time(properties.id(), H5D_ALLOC_TIME_EARLY);
  }
  const Hdf5Handle dataset(
      H5Dcreate2(file.id(), name, form.type, space.id(), H5P_DEFAULT, properties.id(), H5P_DEFAULT),
      H5Dclose);
  ASSERT_TRUE(dataset.valid());
}

TEST_F(WeightsFile, GivesBackEverythingThatWasWritten) {
  NetworkWeights network = tiny_network();
  network.family = WeightFamily::kCaffe;
  network.order = ChannelOrder::kBgr;
  network.mean = {103.939F, 116.779F, 123.68F};
  network.std = {1, 2, 3};
  network.source = "/some/where/vgg.pth";
  network.source_sha256 = std::string(64, 'a');
  network.calibrate = true;
  write_weights_file(path("w.h5"), network);

  const auto read = read_weights_file(path("w.h5"));
  expect_same_convolutions(read, network);
  EXPECT_EQ(read.topology, "custom");
  EXPECT_EQ(read.family, network.family);
  EXPECT_EQ(read.order, network.order);
  EXPECT_EQ(read.mean, network.mean);
  EXPECT_EQ(read.std, network.std);
  EXPECT_EQ(read.source, "vgg.pth") << "the base name only";
  EXPECT_EQ(read.source_sha256, network.source_sha256);
  EXPECT_TRUE(read.pool_after_last_block);
  EXPECT_TRUE(read.calibrate);
}

TEST_F(WeightsFile, HoldsAFullSizeVgg19) {
  const auto network = random_weights(1);
  write_weights_file(path("w.h5"), network);
  EXPECT_LT(std::filesystem::file_size(path("w.h5")), 81'000'000U) << "next to no padding";
  const auto read = read_weights_file(path("w.h5"));
  EXPECT_EQ(read.topology, "vgg19");
  expect_same_convolutions(read, network);
}

TEST_F(WeightsFile, IsRefusedWhenTruncatedAnywhere) {
  write_weights_file(path("w.h5"), tiny_network());
  const std::string bytes = read_bytes(path("w.h5"));
  for (std::size_t size = 0; size < bytes.size(); size += 97) {
    const std::string cut = write("cut.h5", bytes.substr(0, size));
    EXPECT_THROW(read_weights_file(cut), InputError) << size;
  }
}

TEST_F(WeightsFile, NeverGivesOtherValuesWhenAByteIsFlipped) {
  const NetworkWeights network = tiny_network();
  write_weights_file(path("w.h5"), network);
  const std::string bytes = read_bytes(path("w.h5"));
  int refused = 0;
  for (std::size_t at = 0; at < bytes.size(); at += at < 1500 ? 1 : 5) {
    std::string spoilt = bytes;
    spoilt[at] = static_cast<char>(spoilt[at] ^ 0x10);
    const std::string file = write("spoilt.h5", spoilt);
    try {
      // Not read_weights_file: a damaged one is no checkpoint of another program either.
      const auto read = load_weights(file);
      expect_same_convolutions(read, network);  // an unused byte
      EXPECT_EQ(read.mean, network.mean);
      EXPECT_EQ(read.family, network.family) << at;
      EXPECT_EQ(read.order, network.order) << at;
      EXPECT_TRUE(read.notes.empty()) << at << read.notes.front();
    } catch (const InputError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 600);
}

TEST_F(WeightsFile, SaysWhichLayersValuesAreDamaged) {
  write_weights_file(path("w.h5"), tiny_network());
  std::string bytes = read_bytes(path("w.h5"));
  const NetworkWeights network = tiny_network();
  const auto& values = network.convolutions[2].bias;
  const std::string raw(reinterpret_cast<const char*>(values.data()), 24);
  const auto at = bytes.find(raw);
  ASSERT_NE(at, std::string::npos);
  bytes[at + 9] = static_cast<char>(bytes[at + 9] ^ 1);
  expect_input_error([&] { read_weights_file(write("w2.h5", bytes)); }, "conv2_1/bias is damaged");
}

TEST_F(WeightsFile, IsRefusedWhenMissingOrOfAnotherKind) {
  expect_input_error([&] { read_weights_file(path("none.h5")); }, "no such file");
  expect_input_error([&] { read_weights_file(path("")); }, "is a folder");
  expect_input_error([&] { read_weights_file(write("t.h5", "hello")); }, "not an HDF5 file");
  expect_input_error([&] { read_weights_file(checkpoint_file("keras_notop.h5")); },
                     "misses the attribute format_version");
}

TEST_F(WeightsFile, OfAnotherFormatVersionIsRefused) {
  write_weights_file(path("w.h5"), tiny_network());
  put_integer(path("w.h5"), "format_version", 2);
  expect_input_error([&] { read_weights_file(path("w.h5")); }, "format version 2");
}

TEST_F(WeightsFile, WithAMissingAttributeIsRefused) {
  for (const char* name : {"topology", "family", "channel_order", "mean", "std", "calibrate",
                           "pool_after_last_block", "source", "source_sha256"}) {
    write_weights_file(path("w.h5"), tiny_network());
    {
      const Hdf5Handle file = reopen(path("w.h5"));
      ASSERT_GE(H5Adelete(file.id(), name), 0);
    }
    expect_input_error([&] { read_weights_file(path("w.h5")); }, name);
  }
}

TEST_F(WeightsFile, WithAWrongShapeIsRefused) {
  const std::vector<std::vector<hsize_t>> shapes{{4, 3, 3},    {4, 3, 5, 5}, {4, 4, 3, 3},
                                                 {5, 3, 3, 3}, {0, 3, 3, 3}, {4, 3, 3, 3, 1}};
  for (const auto& shape : shapes) {
    write_weights_file(path("w.h5"), tiny_network());
    replace_dataset(path("w.h5"), "conv1_1/weight", {shape});
    EXPECT_THROW(read_weights_file(path("w.h5")), InputError) << ::testing::PrintToString(shape);
  }
}

TEST_F(WeightsFile, ThatOnlyDeclaresItsValuesIsRefusedWithoutAllocation) {
  write_weights_file(path("w.h5"), tiny_network());
  replace_dataset(path("w.h5"), "conv1_1/weight", {{8192, 8192, 3, 3}});
  expect_input_error([&] { read_weights_file(path("w.h5")); }, "does not hold");
}

TEST_F(WeightsFile, WithoutChecksumsOrWithIntegersIsRefused) {
  write_weights_file(path("w.h5"), tiny_network());
  replace_dataset(path("w.h5"), "conv1_1/bias", {{4}, H5T_IEEE_F32LE, false});
  expect_input_error([&] { read_weights_file(path("w.h5")); }, "without checksums");
  replace_dataset(path("w.h5"), "conv1_1/bias", {{4}, H5T_STD_I32LE, true});
  expect_input_error([&] { read_weights_file(path("w.h5")); }, "no floats");
}

TEST_F(WeightsFile, WithAForeignOrMissingGroupIsRefused) {
  write_weights_file(path("w.h5"), tiny_network());
  {
    const Hdf5Handle file = reopen(path("w.h5"));
    ASSERT_GE(H5Lmove(file.id(), "conv1_2", file.id(), "conv1_3", H5P_DEFAULT, H5P_DEFAULT), 0);
  }
  expect_input_error([&] { read_weights_file(path("w.h5")); }, "conv1_3 follows conv1_1");
  {
    const Hdf5Handle file = reopen(path("w.h5"));
    ASSERT_GE(H5Lmove(file.id(), "conv1_3", file.id(), "dense", H5P_DEFAULT, H5P_DEFAULT), 0);
  }
  expect_input_error([&] { read_weights_file(path("w.h5")); }, "'dense', which is no convolution");
}

TEST_F(WeightsFile, WithADatasetThatLiesInAnotherFileIsRefused) {
  write_weights_file(path("w.h5"), tiny_network());
  write_weights_file(path("other.h5"), tiny_network());
  {
    const Hdf5Handle file = reopen(path("w.h5"));
    ASSERT_GE(H5Ldelete(file.id(), "conv1_2/weight", H5P_DEFAULT), 0);
    ASSERT_GE(H5Lcreate_external(path("other.h5").c_str(), "/conv1_2/weight", file.id(),
                                 "conv1_2/weight", H5P_DEFAULT, H5P_DEFAULT),
              0);
  }
  expect_input_error([&] { read_weights_file(path("w.h5")); }, "links to elsewhere");
}

TEST_F(WeightsFile, WithALinkToElsewhereIsRefused) {
  write_weights_file(path("w.h5"), tiny_network());
  {
    const Hdf5Handle file = reopen(path("w.h5"));
    ASSERT_GE(
        H5Lcreate_external("/etc/hostname", "/", file.id(), "conv3_1", H5P_DEFAULT, H5P_DEFAULT),
        0);
  }
  expect_input_error([&] { read_weights_file(path("w.h5")); }, "links to elsewhere");
}

TEST_F(WeightsFile, IsNotWrittenWithValuesThatAreNoNumbers) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    NetworkWeights network = tiny_network();
    network.convolutions[2].weight[7] = bad;
    expect_input_error([&] { write_weights_file(path("w.h5"), network); }, "conv2_1");
    EXPECT_FALSE(std::filesystem::exists(path("w.h5")));
  }
}

TEST_F(WeightsFile, WithValuesThatAreNoNumbersIsRefusedByLayer) {
  write_weights_file(path("w.h5"), tiny_network());
  {
    const Hdf5Handle file = reopen(path("w.h5"));
    const Hdf5Handle bias(H5Dopen2(file.id(), "conv1_2/bias", H5P_DEFAULT), H5Dclose);
    const std::array<float, 4> values{0, 0, std::numeric_limits<float>::quiet_NaN(), 0};
    ASSERT_GE(H5Dwrite(bias.id(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
              0);
  }
  expect_input_error([&] { read_weights_file(path("w.h5")); }, "conv1_2 holds a value");
}

TEST_F(WeightsFile, IsNotWrittenForBrokenNetworks) {
  NetworkWeights network = tiny_network();
  network.convolutions[1].in_channels = 5;
  EXPECT_THROW(write_weights_file(path("w.h5"), network), InputError);
  network = tiny_network();
  network.convolutions[1].weight.pop_back();
  EXPECT_THROW(write_weights_file(path("w.h5"), network), InputError);
  network = tiny_network();
  network.std[1] = 0;
  EXPECT_THROW(write_weights_file(path("w.h5"), network), InputError);
  network = tiny_network();
  network.convolutions.clear();
  EXPECT_THROW(write_weights_file(path("w.h5"), network), InputError);
}

TEST_F(WeightsFile, ThatCannotBeWrittenIsAnInputErrorAndLeavesTheOldOne) {
  EXPECT_THROW(write_weights_file(path("none/w.h5"), tiny_network()), InputError);
  EXPECT_THROW(write_weights_file("/dev/full", tiny_network()), InputError);
}

}  // namespace
}  // namespace impasto
