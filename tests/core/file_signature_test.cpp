// Files are known by their first bytes, whatever they are called.
#include "core/file_signature.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace impasto {
namespace {

using namespace std::string_literals;

std::string name_of(const std::string& head) {
  const auto file = recognise(head);
  return file ? std::string(file->name) : "";
}

std::string remedy_of(const std::string& head) {
  const auto file = recognise(head);
  return file ? std::string(file->remedy) : "";
}

/// A box as ISO media files begin with: its brands, main one first.
std::string ftyp(const std::string& brand, const std::string& compatible = "") {
  const std::string body = "ftyp" + brand + "\0\0\0\0"s + compatible;
  return "\0\0\0"s + static_cast<char>(body.size() + 4) + body + "\0\0\0\x08mdat"s;
}

}  // namespace

TEST(Recognise, NamesAWebPageHoweverItBegins) {
  for (const auto* page :
       {"<!DOCTYPE html><html><head>", "\xef\xbb\xbf\n <HTML lang=\"en\">", "<head><title>403",
        "<?xml version=\"1.0\"?>\n<!DOCTYPE html PUBLIC \"-//W3C\">\n<html xmlns=\"x\">",
        "<!-- saved -->\n<html>", "<!doctype html><html><body><svg width=\"1\"/></body></html>"}) {
    EXPECT_EQ(name_of(page), "a web page") << page;
    EXPECT_NE(remedy_of(page).find("download"), std::string::npos);
  }
}

TEST(Recognise, TellsADrawingFromAPage) {
  EXPECT_EQ(name_of("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), "an SVG drawing");
  EXPECT_EQ(name_of("<?xml version=\"1.0\"?>\n<!-- made by hand -->\n<svg>"), "an SVG drawing");
  EXPECT_EQ(name_of("<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code></Error>"),
            "an XML text");
}

TEST(Recognise, SaysHowToGetAFileThatAPointerStandsFor) {
  const std::string lfs =
      "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 123456\n";
  EXPECT_EQ(name_of(lfs), "a Git LFS pointer");
  EXPECT_NE(remedy_of(lfs).find("git lfs pull"), std::string::npos);
  EXPECT_EQ(name_of("/annex/objects/SHA256E-s1--ab.jpg\n"), "a git-annex pointer");
}

TEST(Recognise, TellsPhonePicturesFromVideosByTheirBrands) {
  EXPECT_EQ(name_of(ftyp("heic", "mif1heic")), "a HEIC picture");
  EXPECT_EQ(name_of(ftyp("mif1", "mif1heic")), "a HEIC picture");
  EXPECT_EQ(name_of(ftyp("avif", "avifmif1miaf")), "an AVIF picture");
  EXPECT_EQ(name_of(ftyp("mif1", "mif1avif")), "an AVIF picture");
  EXPECT_EQ(name_of(ftyp("crx ", "crx isom")), "a camera raw file (CR3)");
  for (const auto* brand : {"qt  ", "isom", "mp42", "M4V ", "3gp5"}) {
    EXPECT_EQ(name_of(ftyp(brand)), "a video (MP4, MOV or 3GP)") << brand;
    EXPECT_EQ(recognise(ftyp(brand))->family, FileFamily::kVideo);
  }
}

TEST(Recognise, TellsCameraRawFilesFromTheTiffsThatTheyLookLike) {
  EXPECT_EQ(name_of("II*\0\x08\0\0\0\x01\0"s), "a TIFF picture");
  EXPECT_EQ(name_of("MM\0*\0\0\0\x08"s), "a TIFF picture");
  EXPECT_EQ(name_of("II*\0\x10\0\0\0CR\x02\0"s), "a camera raw file (CR2)");
  EXPECT_EQ(name_of("II*\0\x08\0\0\0\x01\0\x12\xc6\x01\0\x04\0\0\0\x01\x04\0\0"s),
            "a camera raw file (DNG)");
  EXPECT_EQ(name_of("MM\0*\0\0\0\x08\0\x01\x01\x03\0\x03\0\0\0\x01\x87\x99\0\0"s),
            "a camera raw file");
  EXPECT_EQ(name_of("FUJIFILMCCD-RAW 0201"), "a camera raw file (RAF)");
  EXPECT_NE(remedy_of("IIRO\x08\0\0\0"s).find("develop"), std::string::npos);
}

TEST(Recognise, KnowsPicturesThatAreReadNowhere) {
  EXPECT_EQ(name_of("\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14"s), "a JPEG 2000 picture");
  EXPECT_EQ(name_of("\xff\x0a\xfa\x1f"), "a JPEG XL picture");
  EXPECT_EQ(name_of("\0\0\0\x0cJXL \r\n\x87\n"s), "a JPEG XL picture");
  EXPECT_EQ(name_of("II\xbc\x01\x08\0\0\0"s), "a JPEG XR picture");
  EXPECT_EQ(name_of("8BPS\0\x01"s), "a Photoshop document (PSD)");
  EXPECT_EQ(name_of("%PDF-1.7\n"), "a PDF document");
  EXPECT_EQ(name_of("\0\0\x01\0\x01\0\x10\x10"s), "an icon (ICO)");
  EXPECT_EQ(name_of("RIFF\x10\0\0\0WEBPVP8 "s), "a WebP picture");
  EXPECT_EQ(name_of("P6\n2 2\n255\n"), "a Netpbm picture (PBM, PGM or PPM)");
}

TEST(Recognise, TellsPlainArchivesFromDocumentsAndCheckpoints) {
  EXPECT_EQ(name_of("PK\x03\x04\x14\0\x08\0photo.jpg"s), "a zip archive");
  EXPECT_EQ(name_of("PK\x03\x04\x14\0\x06\0[Content_Types].xml"s), "an Office document");
  EXPECT_EQ(name_of("PK\x03\x04\0\0\x08\0archive/data.pkl"s), "a PyTorch checkpoint");
  EXPECT_EQ(name_of("\x89HDF\r\n\x1a\n"), "an HDF5 file");
  EXPECT_EQ(recognise("\x89HDF\r\n\x1a\n")->family, FileFamily::kWeights);
  EXPECT_EQ(name_of("\x40\0\0\0\0\0\0\0{\"__metadata__\":{}}"s), "a safetensors file");
  EXPECT_EQ(name_of("\x40\0\0\0\0\0\0\0{\"__metadata__\":{\"checkpoint\":\"{}\"}}"s),
            "an impasto checkpoint");
}

TEST(Recognise, NamesWhatCopiesAndDownloadsLeaveBehind) {
  EXPECT_EQ(name_of(""), "an empty file");
  EXPECT_EQ(name_of(std::string(5000, '\0')), "a file of nothing but zeros");
  EXPECT_EQ(name_of("\0\x05\x16\x07\0\x02\0\0Mac OS X"s), "a Mac's companion file (AppleDouble)");
  EXPECT_EQ(name_of("L\0\0\0\x01\x14\x02\0\0\0\0\0"s), "a Windows shortcut");
  EXPECT_EQ(name_of("Not Found\n"), "a text file");
  EXPECT_EQ(name_of("Stra\xc3\x9f"
                    "e \xe2\x80\x93 na\xc3\xafve\n"),
            "a text file");
}

TEST(Recognise, DoesNotGuess) {
  EXPECT_EQ(name_of("\x01\x02\x03\x04\x05\x06\x07\x08\x09"), "");
  EXPECT_EQ(name_of("BMW\x01\x02"), "");  // two letters make no bitmap
  EXPECT_EQ(name_of("\0\0\x02\0\0\0\0\0\0\0\0\0\x04\0\x04\0\x18\x20"s), "");  // a TGA has no mark
}

TEST(Recognise, NamesTheWeightsOfOtherProgramsWithARemedy) {
  const std::vector<std::pair<std::string, std::string>> heads{
      {"MATLAB 5.0 MAT-file, Platform: GLNXA64", "a MATLAB file"},
      {"MATLAB 7.3 MAT-file, Platform: GLNXA64", "a MATLAB file (7.3)"},
      {"\x0a\x14VGG_ILSVRC_19_layers\xa2\x06"s, "a Caffe model"},
      {"\x0a\x14VGG_ILSVRC_19_layers\x12\x05"s, "a Caffe model"},
      {"\x04\0\0\0\x01\0\0\0\x03\0\0\0V 1\x0d\0\0\0nn.Sequential"s, "a Lua Torch file (t7)"},
      {"\x93NUMPY\x01\0"s, "a NumPy array file"},
      {"\x08\x07\x12\x07pytorch\x1a\x051.9"s, "an ONNX model"},
      {"GGUF\x03\0\0\0"s, "a GGUF file"},
      {R"({"metadata":{"total_size":1},"weight_map":{"a":"b"}})",
       "the index of a safetensors file in parts"},
      {"PK\x03\x04" + std::string(26, '\0') + "conv1_1.npy\x93NUMPY"s, "a NumPy archive (npz)"},
      {"PK\x03\x04" + std::string(26, '\0') + "model/constants.pkl"s, "a TorchScript archive"},
      {"sys_info\0"s + std::string(500, '\0'), "a PyTorch checkpoint of 2016, a tar archive"}};
  for (const auto& [head, name] : heads) {
    EXPECT_EQ(name_of(head), name);
    EXPECT_GE(remedy_of(head).size(), 20U) << name;
    ASSERT_TRUE(recognise(head));
    EXPECT_EQ(recognise(head)->family, FileFamily::kWeights) << name;
  }
}

// A line that begins a text, and a picture's first bytes, are no protocol buffers.
TEST(Recognise, DoesNotTakeTextForAModel) {
  EXPECT_EQ(name_of("\n\x41 line of text\n"), "a text file");
  EXPECT_EQ(name_of("\n\nnotes about painting and a little more\n"), "a text file");
}

}  // namespace impasto
