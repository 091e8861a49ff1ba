// Checkpoints on disk: whole, exact, and believed only where they make sense.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <limits>

#include "core/files.hpp"
#include "impasto/error.hpp"
#include "impasto/transfer.hpp"
#include "transfer/checkpoint_seal.hpp"

namespace impasto {
namespace {

Checkpoint example() {
  Checkpoint checkpoint;
  checkpoint.inputs = {"0123456789abcdef", {"1123456789abcdef", "2123456789abcdef"}, "3"};
  checkpoint.settings = "preset = \"gatys\"\n";
  checkpoint.plan = {1, 12};
  checkpoint.scale = 2;
  checkpoint.evaluations = 1;
  checkpoint.retries = 3;
  checkpoint.style_weight = 0.1;
  checkpoint.picture = Image(3, 2);
  for (std::size_t n = 0; n < 18; ++n) {
    checkpoint.picture.rgb[n] = 0.1F * static_cast<float>(n) - 0.7F;
  }
  checkpoint.good = checkpoint.picture;
  checkpoint.good.rgb[5] = 3.0F;
  checkpoint.start = checkpoint.picture;
  checkpoint.start.rgb[4] = 2.0F;
  checkpoint.trace = {{1, 1, 3.5, 1.25, 2, 0.25, 0.1}, {2, 2, 1.0 / 3, 0.1, 0.2, 0, 0.2}};
  checkpoint.optimizer.numbers = {0.05, 7};
  checkpoint.optimizer.pairs = {{0.5F}, {1e-20F}};
  checkpoint.optimizer.vectors = {{1, 2, 3}, {}, {-1e-30F}};
  return checkpoint;
}

std::string message_of(const std::string& path) {
  try {
    read_checkpoint_file(path);
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

class CheckpointFile : public testing::Test {
 protected:
  ~CheckpointFile() override { std::filesystem::remove(path_); }
  std::string path_ =
      (std::filesystem::temp_directory_path() / ("impasto-checkpoint-" + std::to_string(getpid())))
          .string();
};

TEST_F(CheckpointFile, ReadsBackExactly) {
  const Checkpoint written = example();
  write_checkpoint(path_, written);
  const Checkpoint read = read_checkpoint_file(path_);
  EXPECT_EQ(read.inputs, written.inputs);
  EXPECT_EQ(read.settings, written.settings);
  EXPECT_EQ(read.plan, written.plan);
  EXPECT_EQ(read.scale, 2);
  EXPECT_EQ(read.evaluations, 1);
  EXPECT_EQ(read.retries, 3);
  EXPECT_EQ(read.style_weight, written.style_weight);
  EXPECT_EQ(read.picture.width, 3);
  EXPECT_EQ(read.picture.rgb, written.picture.rgb);
  EXPECT_EQ(read.good.rgb, written.good.rgb);
  EXPECT_EQ(read.start.rgb, written.start.rgb);
  ASSERT_EQ(read.trace.size(), 2U);
  EXPECT_EQ(read.trace[1].total, 1.0 / 3);
  EXPECT_EQ(read.optimizer.numbers, written.optimizer.numbers);
  EXPECT_EQ(read.optimizer.pairs, written.optimizer.pairs);
  EXPECT_EQ(read.optimizer.vectors, written.optimizer.vectors);
}

TEST_F(CheckpointFile, EveryTruncationIsRefused) {
  write_checkpoint(path_, example());
  const std::string whole = read_file(path_, 1 << 20);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_file(path_, whole.substr(0, size));
    EXPECT_THROW(read_checkpoint_file(path_), InputError) << size << " bytes";
  }
}

TEST_F(CheckpointFile, EveryFlippedBitIsRefused) {
  write_checkpoint(path_, example());
  const std::string whole = read_file(path_, 1 << 20);
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    write_file(path_, flipped);
    EXPECT_THROW(read_checkpoint_file(path_), InputError) << "bit " << bit;
  }
}

TEST_F(CheckpointFile, DamageIsCalledDamageAndAnotherVersionSo) {
  write_checkpoint(path_, example());
  const std::string whole = read_file(path_, 1 << 20);
  write_file(path_, whole.substr(0, 200));
  EXPECT_NE(message_of(path_).find("the checkpoint is damaged"), std::string::npos);
  EXPECT_TRUE(is_checkpoint_file(path_));
  std::string flipped = whole;
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  write_file(path_, flipped);
  EXPECT_NE(message_of(path_).find("the checkpoint is damaged"), std::string::npos);
  std::string older = whole;
  older.replace(older.find("checkpoint 4"), 12, "checkpoint 3");
  write_file(path_, older);
  EXPECT_NE(message_of(path_).find("another version's"), std::string::npos);
}

TEST_F(CheckpointFile, RefusesWhatIsNoCheckpoint) {
  EXPECT_THROW(read_checkpoint_file("/nonexistent/file"), InputError);
  write_file(path_, "this is a text, not a checkpoint");
  EXPECT_THROW(read_checkpoint_file(path_), InputError);
  write_file(path_, std::string("\x02\0\0\0\0\0\0\0{}", 10));
  EXPECT_THROW(read_checkpoint_file(path_), InputError);
}

/// A checkpoint file of this header and these arrays, with its digest.
std::string file_of(const std::string& header, const std::string& arrays = "") {
  const std::uint64_t size = header.size();
  std::string file =
      std::string(reinterpret_cast<const char*>(&size), sizeof size) + header + arrays;
  seal(file);
  return file;
}

TEST_F(CheckpointFile, RefusesHeadersThatNestWithoutEnd) {
  const std::string deep(1'000'000, '[');
  const std::string begin = R"({"__metadata__":{"format":"impasto checkpoint 4","run":")";
  const std::string digest = std::string(R"(","sha256":")") + kUnsealed + R"("})";
  write_file(path_,
             file_of(begin + digest + R"(,"a":)" + deep + std::string(deep.size(), ']') + "}"));
  EXPECT_NE(message_of(path_).find("nests too deeply"), std::string::npos);
  write_file(path_, file_of(begin + deep + digest + "}"));
  EXPECT_NE(message_of(path_).find("nests too deeply"), std::string::npos);
}

TEST_F(CheckpointFile, RefusesCountsThatNoIntegerHolds) {
  write_checkpoint(path_, example());
  const std::string whole = read_file(path_, 1 << 20);
  const std::size_t data =
      8 + static_cast<unsigned char>(whole[0]) + 256U * static_cast<unsigned char>(whole[1]);
  const auto refuses = [&](const std::string& from, const std::string& to) {
    std::string header = whole.substr(8, data - 8);
    const std::size_t at = header.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write_file(path_, file_of(header.replace(at, from.size(), to), whole.substr(data)));
    EXPECT_NE(message_of(path_).find("not whole"), std::string::npos) << to << message_of(path_);
  };
  refuses(R"(\"evaluations\":1)", R"(\"evaluations\":1e300)");
  refuses(R"(\"evaluations\":1)", R"(\"evaluations\":1.0)");
  refuses(R"(\"evaluations\":1)", R"(\"evaluations\":-1)");
  refuses(R"(\"retries\":3)", R"(\"retries\":1e300)");
  refuses(R"(\"plan\":[1,12])", R"(\"plan\":[1,1e300])");
  refuses(R"(\"scale\":2)", R"(\"scale\":18446744073709551615)");
  refuses(R"(\"width\":3)", R"(\"width\":3e30)");
  refuses(R"(\"trace\":[[1,)", R"(\"trace\":[[1e300,)");
  refuses(R"("data_offsets":[0,)", R"("data_offsets":[-1e300,)");
}

TEST_F(CheckpointFile, RefusesValuesThatAreNotFiniteAndSizesThatContradict) {
  Checkpoint checkpoint = example();
  checkpoint.picture.rgb[4] = std::numeric_limits<float>::quiet_NaN();
  write_checkpoint(path_, checkpoint);
  EXPECT_THROW(read_checkpoint_file(path_), InputError);
  const auto refuses = [&](const auto& change) {
    Checkpoint changed = example();
    change(changed);
    write_checkpoint(path_, changed);
    EXPECT_THROW(read_checkpoint_file(path_), InputError);
  };
  refuses([](Checkpoint& c) { c.picture.width = 4; });
  refuses([](Checkpoint& c) { c.good.rgb.pop_back(); });
  refuses([](Checkpoint& c) { c.scale = 0; });
  refuses([](Checkpoint& c) { c.scale = 3; });
  refuses([](Checkpoint& c) { c.evaluations = 2; });
  refuses([](Checkpoint& c) { c.plan.back() = 0; });
  refuses([](Checkpoint& c) { c.plan.clear(); });
  refuses([](Checkpoint& c) { c.plan[1] = std::numeric_limits<std::int64_t>::max(); });
  refuses([](Checkpoint& c) { c.retries = -1; });
  refuses([](Checkpoint& c) { c.trace[1].iteration = 5; });
  refuses([](Checkpoint& c) { c.trace[0].scale = 2; });
}

}  // namespace
}  // namespace impasto
