#include <cstdlib>
#include <optional>

#include "weights/default_weights.hpp"
#include "weights_fixture.hpp"

namespace impasto {
namespace {

using LoadWeights = WeightsTest;

/// Sets an environment variable and puts it back.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) {
      old_ = old;
    }
    setenv(name, value.c_str(), 1);
  }
  ~Variable() {
    if (old_) {
      setenv(name_, old_->c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> old_;
};

TEST_F(LoadWeights, BuildsANetworkFromItsSpecification) {
  expect_same_convolutions(load_weights("oriented:4"), oriented_weights(4));
  expect_same_convolutions(load_weights("oriented"), oriented_weights(0));
  EXPECT_EQ(load_weights("random:18446744073709551615").source, "random:18446744073709551615");
}

TEST_F(LoadWeights, RefusesABadSeedAsWrongUsage) {
  for (const char* bad : {"oriented:", "oriented:x", "random:-1", "random:1.5", "random: 1",
                          "random:18446744073709551616"}) {
    EXPECT_THROW(load_weights(bad), UsageError) << bad;
  }
}

TEST_F(LoadWeights, ReadsAFileOfAnyOtherName) {
  write_weights_file(path("w.h5"), tiny_network());
  expect_same_convolutions(load_weights(path("w.h5")), tiny_network());
  expect_input_error([&] { load_weights(path("oriented")); }, "no such file");
}

TEST_F(LoadWeights, OfAMistypedNetworkAreToldItsName) {
  expect_input_error([] { load_weights("orientd"); }, "did you mean oriented?");
  expect_input_error([] { load_weights("radnom:7"); }, "did you mean random:7?");
}

TEST_F(LoadWeights, OfAMistypedFileAreToldTheFileThatIsNear) {
  write_weights_file(path("vgg19.h5"), tiny_network());
  expect_input_error([&] { load_weights(path("vgg91.h5")); },
                     "did you mean " + path("vgg19.h5") + "?");
}

TEST_F(LoadWeights, AtAWebAddressAreToBeDownloadedFirst) {
  expect_input_error([] { load_weights("https://example.org/vgg19.h5"); }, "download it first");
}

TEST_F(LoadWeights, ConvertsACheckpointInMemory) {
  for (const char* name : {"zip.pth", "legacy.pth", "float.safetensors", "keras_notop.h5"}) {
    const auto network = load_weights(checkpoint_file(name));
    expect_same_convolutions(network, tiny_network());
    EXPECT_FALSE(network.notes.empty()) << name;
  }
}

TEST_F(LoadWeights, NamesWhatAFileIsInstead) {
  expect_input_error([&] { load_weights(write("w.h5", "<!DOCTYPE html><html>")); }, "a web page");
}

TEST_F(LoadWeights, ByDefaultAreThoseThatTheEnvironmentNames) {
  write_weights_file(path("w.h5"), tiny_network());
  const Variable variable("IMPASTO_WEIGHTS", path("w.h5"));
  EXPECT_EQ(default_weights_path(), path("w.h5"));
}

TEST_F(LoadWeights, ThatTheEnvironmentNamesInVainAreAnError) {
  const Variable variable("IMPASTO_WEIGHTS", path("none.h5"));
  EXPECT_EQ(find_default_weights(), std::nullopt);
  expect_input_error([] { default_weights_path(); }, "none.h5");
}

TEST_F(LoadWeights, ThatAreNowhereAreAnErrorThatNamesEveryWayToGetSome) {
  const Variable variable("IMPASTO_WEIGHTS", "");
  try {
    const std::string found = default_weights_path();
    GTEST_SKIP() << "weights are installed here: " << found;
  } catch (const InputError& error) {
    const std::string text = error.what();
    for (const char* way :
         {"tools/fetch_weights.sh", "--weights PATH", "$IMPASTO_WEIGHTS", "--weights oriented"}) {
      EXPECT_NE(text.find(way), std::string::npos) << way;
    }
  }
}

}  // namespace
}  // namespace impasto
