// impasto convert and inspect on checkpoints that hold more than one network.
#include <nlohmann/json.hpp>

#include "cli/cli_fixture.hpp"

namespace impasto {
namespace {

/// A safetensors file of two networks, "ema.features.N" of zeros and "net.features.N".
std::string two_networks() {
  nlohmann::ordered_json header;
  std::string data;
  for (const std::string path : {"ema", "net"}) {
    const std::vector<int> numbers{0, 2, 5, 7};
    NetworkWeights network = tiny_network();
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      auto& layer = network.convolutions[i];
      if (path == "ema") {
        layer.weight.assign(layer.weight.size(), 0.0F);
      }
      const std::string name = path + ".features." + std::to_string(numbers[i]);
      const auto put = [&](const std::string& part, const std::vector<std::int64_t>& shape,
                           const std::vector<float>& values) {
        const std::size_t begin = data.size();
        data.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
        header[name + part] = {
            {"dtype", "F32"}, {"shape", shape}, {"data_offsets", {begin, data.size()}}};
      };
      put(".weight", {layer.out_channels, layer.in_channels, 3, 3}, layer.weight);
      put(".bias", {layer.out_channels}, layer.bias);
    }
  }
  const std::string text = header.dump();
  const std::uint64_t size = text.size();
  return std::string(reinterpret_cast<const char*>(&size), sizeof size) + text + data;
}

class CliConvertTest : public CliTest {
 protected:
  CliConvertTest() { keep("two.safetensors", two_networks()); }
};

TEST_F(CliConvertTest, ListsSeveralNetworksAndRefuses) {
  for (const std::string part : {"ema.features", "net.features", "--key"}) {
    refused({"convert", "two.safetensors", "-o", "out.h5"}, 3, part);
  }
  refused({"inspect", "two.safetensors"}, 3, "net.features");
  refused({"convert", "two.safetensors", "-o", "out.h5", "--key", "other"}, 3, "other");
}

TEST_F(CliConvertTest, TakesTheOneThatTheKeyNames) {
  const ProgramResult result = done({"convert", "two.safetensors", "-o", "out.h5", "--key", "net"});
  EXPECT_NE(result.out.find("net.features.0 to net.features.7"), std::string::npos) << result.out;
  expect_same_convolutions(read_weights_file(path("out.h5")), tiny_network());
  const auto json = nlohmann::json::parse(
      done({"inspect", "two.safetensors", "--key", "ema.features", "--json"}).out);
  EXPECT_EQ(json["inferred"][0], "layers ema.features.0 to ema.features.7");
}

TEST_F(CliConvertTest, SaysWhichFamilyAndWhy) {
  const ProgramResult result =
      done({"convert", "two.safetensors", "-o", "out.h5", "--key", "net", "--family", "caffe"});
  EXPECT_NE(result.out.find("family caffe: as --family says"), std::string::npos) << result.out;
  EXPECT_EQ(read_weights_file(path("out.h5")).family, WeightFamily::kCaffe);
}

TEST_F(CliConvertTest, AnOutputThatIsNoWeightsFileByItsNameIsRefused) {
  keep("photo.jpg", "precious");
  for (const std::string output : {"photo.jpg", "photo", "out.png", "weights.h5.jpg"}) {
    refused({"convert", "two.safetensors", "-o", output, "--key", "net"}, 2, "ends in .h5");
  }
  refused({"convert", "two.safetensors", "-o", "photo.jpg", "--key", "net"}, 2, "-o photo.h5");
  done({"convert", "two.safetensors", "-o", "vgg.hdf5", "--key", "net"});
}

TEST_F(CliConvertTest, ForeignFormatsAreNamedByConvertAndInspect) {
  keep("vgg.mat", "MATLAB 5.0 MAT-file, Platform: GLNXA64" + std::string(200, '\0'));
  for (const std::string command : {"convert", "inspect"}) {
    Words words{command, "vgg.mat"};
    if (command == "convert") {
      words.insert(words.end(), {"-o", "out.h5"});
    }
    refused(words, 3, "a MATLAB file");
  }
}

}  // namespace
}  // namespace impasto
