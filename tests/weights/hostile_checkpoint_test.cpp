// Files that are damaged or meant to do harm: an InputError, and never a crash, a leak or a huge
// allocation.
#include <gtest/gtest.h>

#include <cstdint>

#include "core/random.hpp"
#include "weights/checkpoint.hpp"
#include "weights_fixture.hpp"

#if defined(__SANITIZE_ADDRESS__)
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the sanitizers' names
// libhdf5 asks for as much memory as a damaged file's metadata declares, and lives with a refusal.
// A refused `new` still ends the test.
extern "C" const char* __asan_default_options() {
  return "allocator_may_return_null=1";
}
// libhdf5 1.10 forgets an object header of some hundred bytes when its checksum does not match.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libhdf5";
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
#endif

namespace impasto {
namespace {

using HostileCheckpoint = WeightsTest;

/// Reads a file that may be damaged; whatever happens must be an InputError or a network.
bool is_readable(const std::string& path) {
  try {
    read_checkpoint(path, std::nullopt);
    return true;
  } catch (const InputError&) {
    return false;
  }
}

TEST_F(HostileCheckpoint, TruncatedAnywhereIsRefused) {
  for (const char* name : {"zip.pth", "legacy.pth", "float.safetensors", "keras_notop.h5"}) {
    const std::string bytes = read_bytes(checkpoint_file(name));
    ASSERT_FALSE(bytes.empty());
    for (std::size_t size = 0; size < bytes.size(); size += 23) {
      EXPECT_FALSE(is_readable(write("cut", bytes.substr(0, size)))) << name << " " << size;
    }
  }
}

TEST_F(HostileCheckpoint, WithBytesChangedAtRandomNeverCrashes) {
  Random random(7);
  for (const char* name : {"zip.pth", "legacy.pth", "legacy_protocol4.pth", "float.safetensors",
                           "keras_notop.h5", "keras_model.h5"}) {
    const std::string bytes = read_bytes(checkpoint_file(name));
    for (int round = 0; round < 150; ++round) {
      std::string spoilt = bytes;
      for (int i = 0; i < 3; ++i) {
        const auto at = static_cast<std::size_t>(
            random.below(static_cast<std::int64_t>(std::min<std::size_t>(bytes.size(), 2600))));
        spoilt[at] = static_cast<char>(random.next());
      }
      is_readable(write("spoilt", spoilt));
    }
  }
}

TEST_F(HostileCheckpoint, OfRandomBytesIsRefused) {
  Random random(3);
  for (const char* head : {"", "PK\x03\x04", "\x80\x02", "\x89HDF\r\n\x1a\n", "\x20"}) {
    for (int round = 0; round < 20; ++round) {
      std::string bytes = head;
      for (int i = 0; i < 3000; ++i) {
        bytes += static_cast<char>(random.next());
      }
      EXPECT_FALSE(is_readable(write("random", bytes)));
    }
  }
}

TEST_F(HostileCheckpoint, InLegacyFormatThatNamesOsSystemIsRefusedByName) {
  const std::string valid = read_bytes(checkpoint_file("legacy.pth"));
  std::string hostile = valid;
  const std::string name = "ccollections\nOrderedDict\n";
  const auto at = hostile.find(name);
  ASSERT_NE(at, std::string::npos);
  hostile.replace(at, name.size(), "cos\nsystem\n");
  expect_input_error([&] { read_checkpoint(write("x.pth", hostile), std::nullopt); },
                     "names os.system, which is no part of a state dict; refused");
}

TEST_F(HostileCheckpoint, InLegacyFormatWithALyingStorageSizeIsRefused) {
  const std::string valid = read_bytes(checkpoint_file("legacy.pth"));
  // The last storage is the classifier's bias: a count of 2, and two halves.
  const std::string tail("\x02\0\0\0\0\0\0\0\0\0\0\x3f\0\0\0\x3f", 16);
  const auto at = valid.rfind(tail);
  ASSERT_NE(at, std::string::npos);
  std::string hostile = valid;
  hostile[at + 7] = 0x10;  // 2^60 more
  expect_input_error([&] { read_checkpoint(write("x.pth", hostile), std::nullopt); },
                     "another size");
}

TEST_F(HostileCheckpoint, InAZipWithAWrongChecksumIsRefused) {
  std::string bytes = read_bytes(checkpoint_file("zip.pth"));
  const NetworkWeights network = tiny_network();
  const auto& values = network.convolutions[2].weight;
  const auto at = bytes.find(std::string(reinterpret_cast<const char*>(values.data()), 64));
  ASSERT_NE(at, std::string::npos);
  bytes[at + 2] = static_cast<char>(bytes[at + 2] ^ 1);
  expect_input_error([&] { read_checkpoint(write("x.pth", bytes), std::nullopt); }, "data/");
}

std::string safetensors(const std::string& header, std::size_t data) {
  const std::uint64_t size = header.size();
  return std::string(reinterpret_cast<const char*>(&size), sizeof size) + header +
         std::string(data, '\0');
}

TEST_F(HostileCheckpoint, InSafetensorsWithImpossibleTensorsIsRefused) {
  const std::string name = R"({"features.0.weight":{"dtype":"F32","shape":)";
  const std::vector<std::string> headers{
      name + R"([4,3,3,3],"data_offsets":[0,999999]}})",
      name + R"([4,3,3,3],"data_offsets":[432,0]}})",
      name + R"([4,3,3,3],"data_offsets":[0,4]}})",
      name + R"([1152921504606846976,3,3,3],"data_offsets":[0,432]}})",
      name + R"([-4,3,3,3],"data_offsets":[0,432]}})",
      name + R"([4,3,3,3]}})",
      name + R"("x","data_offsets":[0,432]}})",
      name + R"([4,3,3,3],"data_offsets":[0,432]}})",  // its bias is missing
      R"({"features.0.weight":3})",
      R"({"features.0.weight":)" + std::string(100'000, '['),
      R"({)",
      R"({})",
  };
  for (const auto& header : headers) {
    EXPECT_FALSE(is_readable(write("x.safetensors", safetensors(header, 432))))
        << header.substr(0, 120);
  }
}

TEST_F(HostileCheckpoint, InSafetensorsWithAHeaderThatNestsWithoutEndIsRefused) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  expect_input_error(
      [&] {
        read_checkpoint(write("x.safetensors", safetensors(R"({"__metadata__":)" + deep + "}", 0)),
                        std::nullopt);
      },
      "nests deeper");
}

TEST_F(HostileCheckpoint, InSafetensorsWithAHugeHeaderIsRefused) {
  const std::string bytes("\xff\xff\xff\xff\xff\xff\xff\x7f{\"", 10);
  EXPECT_FALSE(is_readable(write("x.safetensors", bytes)));
}

}  // namespace
}  // namespace impasto
