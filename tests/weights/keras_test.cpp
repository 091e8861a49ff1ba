// Every generation of Keras' files, written here as those programs lay them out.
#include <hdf5.h>
#include <zip.h>

#include <map>
#include <string>

#include "weights/checkpoint.hpp"
#include "weights/hdf5.hpp"
#include "weights_fixture.hpp"

namespace impasto {
namespace {

enum class Order { kHeightWidthInOut, kOutInHeightWidth, kTurned };

std::vector<float> in_order(const ConvolutionWeights& layer, Order order) {
  std::vector<float> values;
  const auto at = [&](std::int64_t k, std::int64_t c, std::int64_t p) {
    return layer.weight[static_cast<std::size_t>((k * layer.in_channels + c) * 9 + p)];
  };
  if (order == Order::kHeightWidthInOut) {
    for (std::int64_t p = 0; p < 9; ++p) {
      for (std::int64_t c = 0; c < layer.in_channels; ++c) {
        for (std::int64_t k = 0; k < layer.out_channels; ++k) {
          values.push_back(at(k, c, p));
        }
      }
    }
    return values;
  }
  for (std::int64_t k = 0; k < layer.out_channels; ++k) {
    for (std::int64_t c = 0; c < layer.in_channels; ++c) {
      for (std::int64_t p = 0; p < 9; ++p) {
        values.push_back(at(k, c, order == Order::kTurned ? 8 - p : p));
      }
    }
  }
  return values;
}

class KerasFile : public WeightsTest {
 protected:
  struct Names {
    std::string kernel;
    std::string bias;
  };

  /// Writes the tiny network's layers under these names, and nothing else.
  std::string write_layers(const std::string& name, const std::vector<Names>& names,
                           Order order) const {
    const Hdf5Session session;
    const Hdf5Handle file(H5Fcreate(path(name).c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT),
                          H5Fclose);
    const NetworkWeights network = tiny_network();
    for (std::size_t i = 0; i < names.size(); ++i) {
      const ConvolutionWeights& layer = network.convolutions[i];
      const auto in = static_cast<hsize_t>(layer.in_channels);
      const auto out = static_cast<hsize_t>(layer.out_channels);
      const std::vector<hsize_t> shape = order == Order::kHeightWidthInOut
                                             ? std::vector<hsize_t>{3, 3, in, out}
                                             : std::vector<hsize_t>{out, in, 3, 3};
      put(file.id(), names[i].kernel, shape, in_order(layer, order));
      put(file.id(), names[i].bias, {out}, layer.bias);
    }
    return path(name);
  }

  static void put(hid_t file, const std::string& name, const std::vector<hsize_t>& shape,
                  const std::vector<float>& values) {
    const Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    H5Pset_create_intermediate_group(links.id(), 1);
    const Hdf5Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
                           H5Sclose);
    const Hdf5Handle dataset(H5Dcreate2(file, name.c_str(), H5T_IEEE_F32LE, space.id(), links.id(),
                                        H5P_DEFAULT, H5P_DEFAULT),
                             H5Dclose);
    ASSERT_GE(
        H5Dwrite(dataset.id(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
  }

  static void say(const std::string& path, const char* attribute, const std::string& value) {
    const Hdf5Session session;
    const Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    const Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.id(), value.size());
    const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    const Hdf5Handle handle(
        H5Acreate2(file.id(), attribute, type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT),
        H5Aclose);
    ASSERT_GE(H5Awrite(handle.id(), type.id(), value.c_str()), 0);
  }

  /// Keras numbers layers of a kind: conv2d, conv2d_1, ….
  [[nodiscard]] static std::vector<Names> keras3(const std::string& root = "layers/") {
    std::vector<Names> names;
    for (const char* layer : {"conv2d", "conv2d_1", "conv2d_2", "conv2d_3"}) {
      names.push_back({root + layer + "/vars/0", root + layer + "/vars/1"});
    }
    return names;
  }

  [[nodiscard]] static std::vector<Names> by_block(const std::string& kernel,
                                                   const std::string& bias) {
    std::vector<Names> names;
    for (const std::string layer :
         {"block1_conv1", "block1_conv2", "block2_conv1", "block2_conv2"}) {
      names.push_back({layer + "/" + layer + kernel, layer + "/" + layer + bias});
    }
    return names;
  }

  static NetworkWeights read(const std::string& path) {
    return read_checkpoint(path, std::nullopt);
  }
  static void expect_tiny(const NetworkWeights& network) {
    expect_same_convolutions(network, tiny_network());
    EXPECT_EQ(network.family, WeightFamily::kCaffe);
  }
};

TEST_F(KerasFile, OfVersionThreeIsRead) {
  expect_tiny(read(write_layers("w.weights.h5", keras3(), Order::kHeightWidthInOut)));
  expect_tiny(read(
      write_layers("f.weights.h5", keras3("layers/functional/layers/"), Order::kHeightWidthInOut)));
}

TEST_F(KerasFile, WhoseGroupsNestWithoutEndIsRefused) {
  const std::string deep = path("deep.h5");
  {
    const Hdf5Session session;
    const Hdf5Handle file(H5Fcreate(deep.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT),
                          H5Fclose);
    std::string name = "g";
    for (int n = 0; n < 100; ++n) {
      const Hdf5Handle group(
          H5Gcreate2(file.id(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
      ASSERT_TRUE(group.valid());
      name += "/g";
    }
  }
  expect_input_error([&] { read(deep); }, "nest too deep");
}

TEST_F(KerasFile, WhoseGroupsContainThemselvesIsReadOnce) {
  const std::string round = write_layers("round.h5", keras3(), Order::kHeightWidthInOut);
  {
    const Hdf5Session session;
    const Hdf5Handle file(H5Fopen(round.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    for (int n = 0; n < 400; ++n) {
      const std::string name = "layers/again" + std::to_string(n);
      const std::string target = n % 2 == 0 ? "/" : "layers";
      ASSERT_GE(H5Lcreate_hard(file.id(), target.c_str(), file.id(), name.c_str(), H5P_DEFAULT,
                               H5P_DEFAULT),
                0);
    }
  }
  expect_tiny(read(round));
}

TEST_F(KerasFile, InsideOfAKerasArchiveIsRead) {
  const std::string weights =
      read_bytes(write_layers("inner.h5", keras3(), Order::kHeightWidthInOut));
  int code = 0;
  zip_t* archive = zip_open(path("model.keras").c_str(), ZIP_CREATE, &code);
  ASSERT_NE(archive, nullptr);
  const std::map<std::string, std::string> entries{{"config.json", "{}"},
                                                   {"model.weights.h5", weights}};
  for (const auto& [name, bytes] : entries) {  // read when the archive is closed
    zip_source_t* source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    const zip_int64_t entry = zip_file_add(archive, name.c_str(), source, 0);
    ASSERT_GE(entry, 0);
    zip_set_file_compression(archive, static_cast<zip_uint64_t>(entry), ZIP_CM_STORE, 0);
  }
  ASSERT_EQ(zip_close(archive), 0);
  EXPECT_EQ(describe(sniff(path("model.keras"))), "Keras model (.keras)");
  expect_tiny(read(path("model.keras")));
}

TEST_F(KerasFile, OfVersionTwoIsReadAloneAndInAWholeModel) {
  expect_tiny(
      read(write_layers("two.h5", by_block("/kernel:0", "/bias:0"), Order::kHeightWidthInOut)));
  std::vector<Names> whole = by_block("/kernel:0", "/bias:0");
  for (Names& names : whole) {
    names = {"model_weights/" + names.kernel, "model_weights/" + names.bias};
  }
  expect_tiny(read(write_layers("whole.h5", whole, Order::kHeightWidthInOut)));
}

TEST_F(KerasFile, OfVersionOneInTheanosOrderIsTurnedAround) {
  expect_tiny(read(write_layers("w.h5", by_block("_W", "_b"), Order::kTurned)));
  const NetworkWeights numbered = read(write_layers("n.h5",
                                                    {{"layer_1/param_0", "layer_1/param_1"},
                                                     {"layer_3/param_0", "layer_3/param_1"},
                                                     {"layer_6/param_0", "layer_6/param_1"},
                                                     {"layer_8/param_0", "layer_8/param_1"}},
                                                    Order::kTurned));
  expect_tiny(numbered);
  EXPECT_NE(numbered.notes[2].find("turned by 180 degrees"), std::string::npos);
}

TEST_F(KerasFile, InTheanosOrderThatTensorFlowMadeIsNotTurned) {
  const std::string said = write_layers("said.h5", by_block("_W", "_b"), Order::kOutInHeightWidth);
  say(said, "backend", "tensorflow");
  expect_same_convolutions(read(said), tiny_network());
  expect_same_convolutions(read(write_layers("vgg_th_dim_ordering_tf_kernels.h5",
                                             by_block("_W", "_b"), Order::kOutInHeightWidth)),
                           tiny_network());
  const std::string theano =
      write_layers("theano.h5", by_block("/kernel", "/bias"), Order::kTurned);
  say(theano, "backend", "theano");
  expect_tiny(read(theano));
}

TEST_F(KerasFile, OfAnotherProgramKeepsItsOrderAndFamily) {
  const NetworkWeights network = read(write_layers("h5py.h5",
                                                   {{"conv1_1/weight", "conv1_1/bias"},
                                                    {"conv1_2/weight", "conv1_2/bias"},
                                                    {"conv2_1/weight", "conv2_1/bias"},
                                                    {"conv2_2/weight", "conv2_2/bias"}},
                                                   Order::kOutInHeightWidth));
  expect_same_convolutions(network, tiny_network());
  EXPECT_EQ(network.family, WeightFamily::kTorchvision);
}

/// Deletes a name from a file and puts a link of another kind in its place.
class HostileHdf5 : public KerasFile {
 protected:
  std::string replaced(const char* name, bool external) const {
    std::string kept = write_layers("kept.h5", keras3(), Order::kHeightWidthInOut);
    const std::string file = write("linked.h5", read_bytes(kept));
    const Hdf5Session session;
    const Hdf5Handle handle(H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    EXPECT_GE(H5Ldelete(handle.id(), name, H5P_DEFAULT), 0);
    const std::string inside = std::string("/") + name;
    EXPECT_GE(external ? H5Lcreate_external(kept.c_str(), inside.c_str(), handle.id(), name,
                                            H5P_DEFAULT, H5P_DEFAULT)
                       : H5Lcreate_soft("/layers", handle.id(), name, H5P_DEFAULT, H5P_DEFAULT),
              0);
    return file;
  }
};

TEST_F(HostileHdf5, WithLinksToOtherFilesIsRefusedAtEveryDepth) {
  for (const char* name :
       {"layers", "layers/conv2d_1", "layers/conv2d_2/vars", "layers/conv2d_3/vars/1"}) {
    SCOPED_TRACE(name);
    expect_input_error([&] { read(replaced(name, true)); }, "links to elsewhere");
    if (std::string(name) != "layers") {
      expect_input_error([&] { read(replaced(name, false)); }, "links to elsewhere");
    }
  }
}

TEST_F(HostileHdf5, WithAGroupThatHoldsItselfManyTimesIsWalkedOnce) {
  const std::string file = write_layers("wide.h5", keras3(), Order::kHeightWidthInOut);
  {
    const Hdf5Session session;
    const Hdf5Handle handle(H5Fopen(file.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    for (int i = 0; i < 400; ++i) {
      const std::string name = "layers/again" + std::to_string(i);
      ASSERT_GE(H5Lcreate_hard(handle.id(), "layers", handle.id(), name.c_str(), H5P_DEFAULT,
                               H5P_DEFAULT),
                0);
    }
  }
  expect_tiny(read(file));
}

TEST_F(HostileHdf5, LoadsNoPlugIns) {
  const Hdf5Session session;
  unsigned mask = 1;
  ASSERT_GE(H5PLget_loading_state(&mask), 0);
  EXPECT_EQ(mask, 0U);
}

}  // namespace
}  // namespace impasto
