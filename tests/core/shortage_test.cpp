// A lack of memory, descriptors or permission is called by its name, whatever is read or written.
#include "core/shortage.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "image/picture_files.hpp"
#include "impasto/error.hpp"
#include "impasto/image.hpp"
#include "impasto/transfer.hpp"
#include "impasto/weights.hpp"
#include "report/journal.hpp"
#include "report/trace_reader.hpp"
#include "support/paths.hpp"
#include "support/shortage.hpp"
#include "weights/checkpoint.hpp"
#include "weights/input_file.hpp"

namespace impasto {
namespace {

using Action = std::function<void()>;

TEST(Shortage, OfMemoryAndDescriptorsIsNoFaultOfTheInput) {
  EXPECT_THROW(throw_if_exhausted(ENOMEM, "x"), MemoryError);
  EXPECT_THROW(throw_if_exhausted(EMFILE, "x"), DeviceError);
  EXPECT_THROW(throw_if_exhausted(ENFILE, "x"), DeviceError);
  EXPECT_NO_THROW(throw_if_exhausted(EACCES, "x"));
  EXPECT_NO_THROW(throw_if_exhausted(0, "x"));
  EXPECT_THROW(throw_unreadable("x", EMFILE), DeviceError);
  EXPECT_THROW(throw_unreadable("x", EIO), InputError);
}

TEST(Shortage, OfPermissionIsCalledSo) {
  try {
    throw_unreadable("x", EACCES);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("permission denied (x)"), std::string::npos);
  }
}

TEST(Shortage, WhatNobodyHasIsNotLeft) {
  EXPECT_TRUE(is_memory_left(1 << 20U));
  EXPECT_FALSE(is_memory_left(std::size_t{1} << 60U));
  EXPECT_NO_THROW(require_memory_left(1 << 20U, "x"));
  EXPECT_THROW(require_memory_left(std::size_t{1} << 60U, "x"), MemoryError);
}

/// One reader and a file that it reads.
struct Reader {
  std::string what;
  Action read;
};

/// The readers that open files, each with a good one.
class Readers : public testing::Test {
 protected:
  Readers() {
    save_image(folder_ / "picture.png", Image(8, 8));
    write_file(folder_ / "trace.csv", "iteration,total,content,style\n1,1,1,1\n");
    write_file(folder_ / Journal::kFile, R"({"panels":[],"made":[]})");
    write_weights_file(folder_ / "weights.h5",
                       read_checkpoint(checkpoint("zip.pth"), std::nullopt));
    for (const char* name :
         {"zip.pth", "legacy.pth", "float.safetensors", "keras_model.h5", "keras_notop.h5"}) {
      add(name, [name] { read_checkpoint(checkpoint(name), std::nullopt); });
    }
    add("weights.h5", [this] { read_weights_file(folder_ / "weights.h5"); });
    add("load_weights", [this] { load_weights(folder_ / "weights.h5"); });
    add("picture.png", [this] { load_image(folder_ / "picture.png"); });
    add("trace.csv", [this] { read_trace(folder_ / "trace.csv"); });
    add("journal", [this] { const Journal journal(folder_ / ""); });
    add("sha256", [this] { sha256_of_file(folder_ / "trace.csv"); });
  }

  static std::string checkpoint(const std::string& name) {
    return test_data() + "/checkpoints/" + name;
  }
  void add(const std::string& what, Action read) { all_.push_back({what, std::move(read)}); }

  TempFolder folder_;
  std::vector<Reader> all_;
};

// With AddressSanitizer comes UBSan here, which looks at objects through pipes.
#if !defined(__SANITIZE_ADDRESS__)
/// The message of the DeviceError that `act` throws.
std::string device_error_of(const Action& act) {
  try {
    act();
    return "no error";
  } catch (const DeviceError& error) {
    return error.what();
  } catch (const InputError& error) {
    return std::string("input error: ") + error.what();
  }
}

TEST_F(Readers, NameTheLackOfDescriptors) {
  add("checkpoint", [this] { read_checkpoint_file(folder_ / "trace.csv"); });
  add("is_checkpoint_file", [this] { is_checkpoint_file(folder_ / "trace.csv"); });
  add("write", [this] { write_file(folder_ / "new", "bytes"); });
  for (const Reader& reader : all_) {
    std::string message;
    {
      const NoMoreFiles limit;
      message = device_error_of(reader.read);
    }
    EXPECT_NE(message.find("ulimit -n"), std::string::npos) << reader.what << ": " << message;
  }
}
#endif

TEST_F(Readers, NameTheLackOfPermission) {
  const std::string secret = folder_ / "trace.csv";
  std::filesystem::permissions(secret, std::filesystem::perms::none);
  for (const Action& read :
       {Action([&] { read_file(secret, 100); }), Action([&] { InputFile{secret}; }),
        Action([&] { load_image(secret); })}) {
    const int result = in_child([&] {
      constexpr uid_t kNobody = 65534;
      if (geteuid() == 0 && seteuid(kNobody) != 0) {  // root may read everything
        return 2;
      }
      try {
        read();
        return 1;
      } catch (const InputError& error) {
        return std::string(error.what()).find("permission denied") != std::string::npos ? 0 : 3;
      }
    });
    EXPECT_EQ(result, 0);
  }
}

#if !defined(__SANITIZE_ADDRESS__)
TEST_F(Readers, NeverTakeALackOfMemoryForDamage) {
  for (const Reader& reader : all_) {
    int short_of_memory = 0;
    for (std::size_t left = 16; left <= std::size_t{4} << 20U; left *= 2) {
      const int result = in_child([&] {
        take_memory_except(left);
        try {
          reader.read();
          return 0;
        } catch (const MemoryError&) {
          return 4;
        } catch (const std::bad_alloc&) {
          return 4;
        } catch (...) {
          return 3;
        }
      });
      short_of_memory += result == 4 ? 1 : 0;
      EXPECT_TRUE(result == 0 || result == 4) << reader.what << " with " << left << ": " << result;
    }
    EXPECT_GT(short_of_memory, 0) << reader.what << ": the memory was never short";
  }
}

/// The pictures that fuzzing begins with: at least one of each way to decode.
std::vector<std::string> pictures_of_every_kind() {
  std::vector<std::string> pictures;
  for (const char* decoder : {"jpeg", "png", "webp", "tiff", "heif", "stb"}) {
    const std::string folder = test_data() + "/../fuzz/corpus/" + decoder;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().filename().string().starts_with("seed_")) {
        pictures.push_back(entry.path().string());
      }
    }
  }
  return pictures;
}

TEST(PictureReaders, NeverTakeALackOfMemoryForDamageOrForAnotherPicture) {
  for (const std::string& picture : pictures_of_every_kind()) {
    SCOPED_TRACE(picture);
    const std::vector<float> expected = load_image(picture).rgb;
    int short_of_memory = 0;
    for (std::size_t left = 64; left <= std::size_t{8} << 20U; left += left / 4) {
      const int result = in_child([&] {
        take_memory_except(left);
        try {
          return load_image(picture).rgb == expected ? 0 : 5;
        } catch (const MemoryError&) {
          return 4;
        } catch (const std::bad_alloc&) {
          return 4;
        } catch (...) {
          return 3;
        }
      });
      short_of_memory += result == 4 ? 1 : 0;
      EXPECT_TRUE(result == 0 || result == 4) << "with " << left << ": " << result;
    }
    EXPECT_GT(short_of_memory, 0) << "the memory was never short";
  }
}
#endif

}  // namespace
}  // namespace impasto
