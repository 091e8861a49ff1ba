#include "core/file_signature.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace impasto {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view kToPng = "convert it to PNG or JPEG"sv;
constexpr std::string_view kDevelop = "develop it into a PNG or JPEG first"sv;
constexpr std::string_view kTakeFrame = "save one frame of it as PNG"sv;
constexpr std::string_view kUnpack = "unpack it and name the file inside"sv;
constexpr std::string_view kDownload = "it came instead of the file: download the file again"sv;
constexpr std::string_view kResave =
    "load it in the program it belongs to and save its layers as safetensors or as a PyTorch state dict"sv;
constexpr std::string_view kNameRight = "name the file that was meant"sv;

constexpr KnownFile picture(std::string_view name, std::string_view remedy = kToPng) {
  return {name, remedy, FileFamily::kPicture};
}
constexpr KnownFile weights(std::string_view name, std::string_view remedy = kNameRight) {
  return {name, remedy, FileFamily::kWeights};
}
constexpr KnownFile video(std::string_view name) {
  return {name, kTakeFrame, FileFamily::kVideo};
}
constexpr KnownFile other(std::string_view name, std::string_view remedy = kNameRight) {
  return {name, remedy, FileFamily::kOther};
}

/// Fixed bytes at a fixed place. The first row that matches wins.
struct Signature {
  std::size_t at;
  std::string_view bytes;
  KnownFile file;
};

constexpr std::array kSignatures{
    Signature{0, "\x89PNG\r\n\x1a\n"sv, picture("a PNG picture")},
    Signature{0, "\xff\xd8\xff"sv, picture("a JPEG picture")},
    Signature{0, "GIF87a"sv, picture("a GIF picture")},
    Signature{0, "GIF89a"sv, picture("a GIF picture")},
    Signature{0, "\0\0\0\x0cjP  \r\n\x87\n"sv, picture("a JPEG 2000 picture")},
    Signature{0, "\xff\x4f\xff\x51"sv, picture("a JPEG 2000 picture")},
    Signature{0, "\0\0\0\x0cJXL \r\n\x87\n"sv, picture("a JPEG XL picture")},
    Signature{0, "\xff\x0a"sv, picture("a JPEG XL picture")},
    Signature{0, "II\xbc"sv, picture("a JPEG XR picture")},
    Signature{0, "\0\0\x01\0"sv, picture("an icon (ICO)")},
    Signature{0, "8BPS"sv, picture("a Photoshop document (PSD)")},
    Signature{0, "gimp xcf"sv, picture("a GIMP document (XCF)")},
    Signature{0, "\x76\x2f\x31\x01"sv, picture("an OpenEXR picture")},
    Signature{0, "#?RADIANCE"sv, picture("a Radiance HDR picture")},
    Signature{0, "#?RGBE"sv, picture("a Radiance HDR picture")},
    Signature{0, "DDS "sv, picture("a DirectDraw texture (DDS)")},
    Signature{0, "qoif"sv, picture("a QOI picture")},
    Signature{0, "BPG\xfb"sv, picture("a BPG picture")},
    Signature{0, "FLIF"sv, picture("a FLIF picture")},
    Signature{0, "\x01\xda"sv, picture("an SGI picture")},
    Signature{0, "\x59\xa6\x6a\x95"sv, picture("a Sun raster picture")},
    Signature{0, "/* XPM */"sv, picture("an XPM picture")},
    Signature{0, "SIMPLE  ="sv, picture("a FITS picture")},
    Signature{128, "DICM"sv, picture("a DICOM picture")},
    Signature{0, "\xd7\xcd\xc6\x9a"sv, picture("a Windows metafile (WMF)")},
    Signature{0, "AT&TFORM"sv, picture("a DjVu document")},
    Signature{0, "II\x1a\0\0\0HEAPCCDR"sv, picture("a camera raw file (CRW)", kDevelop)},
    Signature{0, "IIRO"sv, picture("a camera raw file (ORF)", kDevelop)},
    Signature{0, "IIRS"sv, picture("a camera raw file (ORF)", kDevelop)},
    Signature{0, "MMOR"sv, picture("a camera raw file (ORF)", kDevelop)},
    Signature{0, "IIU\0"sv, picture("a camera raw file (RW2)", kDevelop)},
    Signature{0, "FUJIFILMCCD-RAW"sv, picture("a camera raw file (RAF)", kDevelop)},
    Signature{0, "FOVb"sv, picture("a camera raw file (X3F)", kDevelop)},
    Signature{0, "\0MRM"sv, picture("a camera raw file (MRW)", kDevelop)},
    Signature{0, "%PDF-"sv, other("a PDF document", "save the page or the picture in it as PNG")},
    Signature{0, "%!PS"sv, other("a PostScript document", kToPng)},
    Signature{0, "\xc5\xd0\xd3\xc6"sv, other("a PostScript document (EPS)", kToPng)},
    Signature{0, "\x1a\x45\xdf\xa3"sv, video("a Matroska or WebM video")},
    Signature{0, "FLV\x01"sv, video("a Flash video")},
    Signature{0, "\0\0\x01\xba"sv, video("an MPEG video")},
    Signature{0, "\0\0\x01\xb3"sv, video("an MPEG video")},
    Signature{0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11"sv, video("a Windows Media file")},
    Signature{0, "OggS"sv, other("an Ogg audio or video file")},
    Signature{0, "ID3"sv, other("an MP3 file")},
    Signature{0, "fLaC"sv, other("a FLAC file")},
    Signature{0, "\x89HDF\r\n\x1a\n"sv, weights("an HDF5 file")},
    Signature{0, "\x93NUMPY"sv, weights("a NumPy array file", kResave)},
    Signature{0, "GGUF"sv, weights("a GGUF file", kResave)},
    Signature{4, "TFL3"sv, weights("a TensorFlow Lite model", kResave)},
    Signature{0, "MATLAB 5.0 MAT-file"sv, weights("a MATLAB file", kResave)},
    Signature{0, "MATLAB 7.3 MAT-file"sv, weights("a MATLAB file (7.3)", kResave)},
    Signature{0, "\x04\0\0\0\x01\0\0\0\x03\0\0\0V 1"sv, weights("a Lua Torch file (t7)", kResave)},
    Signature{0, "4\n1\n3\nV 1\n"sv, weights("a Lua Torch file (t7)", kResave)},
    Signature{0, "sys_info\0"sv,
              weights("a PyTorch checkpoint of 2016, a tar archive",
                      "load it in PyTorch and save its state dict with torch.save")},
    Signature{0, "\x1f\x8b"sv, other("a gzip archive", kUnpack)},
    Signature{0, "BZh"sv, other("a bzip2 archive", kUnpack)},
    Signature{0, "\xfd\x37zXZ\0"sv, other("an xz archive", kUnpack)},
    Signature{0, "\x28\xb5\x2f\xfd"sv, other("a Zstandard archive", kUnpack)},
    Signature{0, "7z\xbc\xaf\x27\x1c"sv, other("a 7-Zip archive", kUnpack)},
    Signature{0, "Rar!\x1a\x07"sv, other("a RAR archive", kUnpack)},
    Signature{257, "ustar"sv, other("a tar archive", kUnpack)},
    Signature{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, other("an old Office document")},
    Signature{0, "\0\x05\x16\x07"sv,
              other("a Mac's companion file (AppleDouble)",
                    "name the file that is called the same without '._'")},
    Signature{0, "book\0\0\0\0mark"sv, other("a Mac's alias", "name the file it points to")},
    Signature{0, "bplist00"sv, other("an Apple property list")},
    Signature{0, "L\0\0\0\x01\x14\x02\0"sv,
              other("a Windows shortcut", "name the file it points to")},
    Signature{0, "[InternetShortcut]"sv,
              other("a link to a web page", "download the file that it names")},
    Signature{0, "SQLite format 3\0"sv, other("an SQLite database")},
    Signature{0,
              "\x7f"
              "ELF"sv,
              other("a program or library")},
    Signature{0, "!<arch>\n"sv, other("a library archive or Debian package")},
    Signature{0, "version https://git-lfs.github.com/spec/"sv,
              other("a Git LFS pointer", "run 'git lfs pull' to get the file itself")},
    Signature{0, "/annex/objects/"sv,
              other("a git-annex pointer", "run 'git annex get' to get the file itself")},
};

/// The text in lower case, without a byte order mark and white space before it.
std::string normalised_text(std::string_view head) {
  if (head.starts_with("\xef\xbb\xbf")) {
    head.remove_prefix(3);
  }
  std::string text(head.substr(std::min(head.find_first_not_of(" \t\r\n"), head.size())));
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return text;
}

std::optional<KnownFile> recognise_markup(std::string_view head) {
  const std::string text = normalised_text(head);
  const auto begins_with_any = [&](std::initializer_list<std::string_view> openings) {
    return std::any_of(openings.begin(), openings.end(),
                       [&](std::string_view opening) { return text.starts_with(opening); });
  };
  if (!text.starts_with('<')) {
    return std::nullopt;
  }
  const bool svg = text.find("<svg") != std::string::npos;
  const bool html = text.find("<html") != std::string::npos ||
                    begins_with_any({"<!doctype html", "<head", "<body", "<script", "<title"});
  if (html && !text.starts_with("<svg")) {
    return other("a web page", kDownload);
  }
  if (svg) {
    return picture("an SVG drawing", "draw it to a PNG first, for example with rsvg-convert");
  }
  if (begins_with_any({"<?xml", "<!doctype", "<!--"})) {
    return other("an XML text", kDownload);
  }
  return std::nullopt;
}

/// Windows bitmaps begin with two letters only, so their header must make sense too.
bool is_bmp(std::string_view head) {
  constexpr std::array kHeaderSizes{12, 16, 40, 52, 56, 64, 108, 124};
  return head.starts_with("BM") && head.size() > 18 && head.substr(15, 3) == "\0\0\0"sv &&
         std::find(kHeaderSizes.begin(), kHeaderSizes.end(),
                   static_cast<unsigned char>(head[14])) != kHeaderSizes.end();
}

/// PBM, PGM, PPM: "P1" to "P6" and white space; PAM and PFM are their relatives.
std::optional<KnownFile> recognise_netpbm(std::string_view head) {
  if (head.size() < 3 || head[0] != 'P' || std::isspace(static_cast<unsigned char>(head[2])) == 0) {
    return std::nullopt;
  }
  if (head[1] >= '1' && head[1] <= '6') {
    return picture("a Netpbm picture (PBM, PGM or PPM)");
  }
  if (head[1] == '7') {
    return picture("a Netpbm picture (PAM)");
  }
  return head[1] == 'F' || head[1] == 'f' ? std::optional(picture("a float picture (PFM)"))
                                          : std::nullopt;
}

std::optional<KnownFile> recognise_riff(std::string_view head) {
  if (!head.starts_with("RIFF") || head.size() < 12) {
    return std::nullopt;
  }
  const auto type = head.substr(8, 4);
  if (type == "WEBP") {
    return picture("a WebP picture");
  }
  if (type == "AVI ") {
    return video("an AVI video");
  }
  return type == "WAVE" ? std::optional(other("a WAVE audio file")) : std::nullopt;
}

/// ISO base media files: one structure for HEIC, AVIF, Canon's CR3 and most videos. The brands
/// after "ftyp", the main one and those it is compatible with, tell them apart.
std::optional<KnownFile> recognise_media(std::string_view head) {
  constexpr std::string_view kQuickTimeBoxes[] = {"moov", "mdat", "wide"};
  const auto box = head.substr(std::min<std::size_t>(4, head.size()), 4);
  if (box != "ftyp") {
    const bool quick_time = std::find(std::begin(kQuickTimeBoxes), std::end(kQuickTimeBoxes),
                                      box) != std::end(kQuickTimeBoxes);
    return quick_time && head.size() >= 16 ? std::optional(video("a QuickTime video"))
                                           : std::nullopt;
  }
  const auto length = static_cast<std::size_t>(static_cast<unsigned char>(head[2])) << 8U |
                      static_cast<unsigned char>(head[3]);
  const auto brands = head.substr(8, std::max<std::size_t>(length, 12) - 8);
  const auto has = [&](std::string_view brand) {
    for (std::size_t at = 0; at + 4 <= brands.size(); at += 4) {
      if (brands.substr(at, 4) == brand) {
        return true;
      }
    }
    return false;
  };
  if (has("crx ")) {
    return picture("a camera raw file (CR3)", kDevelop);
  }
  if (has("avif") || has("avis")) {
    return picture("an AVIF picture");
  }
  if (has("heic") || has("heix") || has("heim") || has("heis") || has("hevc") || has("mif1") ||
      has("msf1")) {
    return picture("a HEIC picture");
  }
  return brands.starts_with("jp2 ") || brands.starts_with("jpx ")
             ? std::optional(picture("a JPEG 2000 picture"))
             : std::optional(video("a video (MP4, MOV or 3GP)"));
}

bool contains(std::string_view head, std::string_view part) {
  return head.find(part) != std::string_view::npos;
}

/// Most camera raw files are TIFFs in structure. Makers and the tag DNGVersion (0xC612) tell.
std::optional<KnownFile> recognise_tiff(std::string_view head) {
  const bool little = head.starts_with("II*\0"sv) || head.starts_with("II+\0"sv);
  const bool big = head.starts_with("MM\0*"sv) || head.starts_with("MM\0+"sv);
  if (!little && !big) {
    return std::nullopt;
  }
  if (head.substr(std::min<std::size_t>(8, head.size()), 2) == "CR") {
    return picture("a camera raw file (CR2)", kDevelop);
  }
  if (contains(head, little ? "\x12\xc6\x01\0\x04\0\0\0"sv : "\xc6\x12\0\x01\0\0\0\x04"sv)) {
    return picture("a camera raw file (DNG)", kDevelop);
  }
  // The sensor's data in the makers' own compressions: tag 0x0103, a SHORT, of value 34713 or
  // 32767 or 65535.
  for (const auto entry :
       {"\x03\x01\x03\0\x01\0\0\0\x99\x87"sv, "\x03\x01\x03\0\x01\0\0\0\xff\x7f"sv,
        "\x03\x01\x03\0\x01\0\0\0\xff\xff"sv, "\x01\x03\0\x03\0\0\0\x01\x87\x99"sv,
        "\x01\x03\0\x03\0\0\0\x01\x7f\xff"sv, "\x01\x03\0\x03\0\0\0\x01\xff\xff"sv}) {
    if (contains(head, entry)) {
      return picture("a camera raw file", kDevelop);
    }
  }
  return picture("a TIFF picture");
}

std::optional<KnownFile> recognise_zip(std::string_view head) {
  if (!head.starts_with("PK\x03\x04")) {
    return std::nullopt;
  }
  if (contains(head, "constants.pkl") || contains(head, "/code/__torch__")) {
    return weights("a TorchScript archive",
                   "save its state dict: torch.save(torch.jit.load(FILE).state_dict(), …)");
  }
  if (contains(head, "data.pkl")) {
    return weights("a PyTorch checkpoint");
  }
  if (contains(head, ".npyPK") || contains(head, ".npy\x01") || contains(head, ".npy\x93")) {
    return weights("a NumPy archive (npz)", kResave);
  }
  if (contains(head, "model.weights.h5")) {
    return weights("a Keras model");
  }
  if (contains(head, "[Content_Types].xml") || contains(head, "mimetypeapplication/vnd.oasis")) {
    return other("an Office document", "save the picture in it as PNG");
  }
  return other("a zip archive", kUnpack);
}

/// A pickle of protocol 2 to 5, as old PyTorch wrote checkpoints; a safetensors file: the length of
/// a JSON object, then the object.
std::optional<KnownFile> recognise_tensors(std::string_view head) {
  if (head.size() > 8 && head[8] == '{' && head.substr(4, 4) == "\0\0\0\0"sv) {
    return contains(head, R"("__metadata__":{"checkpoint":)") ? weights("an impasto checkpoint")
                                                              : weights("a safetensors file");
  }
  return head.size() > 2 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5
             ? std::optional(weights("a Python pickle or PyTorch checkpoint"))
             : std::nullopt;
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char letter) { return letter >= 0x20 && letter < 0x7f; });
}

/// A protocol buffer's field of text at `at`: a tag, a length below 128, that many letters. What
/// follows it, or nothing when there is no such field.
std::optional<std::string_view> after_text_field(std::string_view head, std::size_t at, char tag) {
  if (head.size() < at + 2 || head[at] != tag) {
    return std::nullopt;
  }
  const auto length = static_cast<unsigned char>(head[at + 1]);
  const auto text = head.substr(at + 2, length);
  return length > 0 && length < 0x80 && text.size() == length && is_printable(text)
             ? std::optional(head.substr(at + 2 + length))
             : std::nullopt;
}

/// A caffemodel begins with the network's name (field 1) and goes on with layers (fields 2 and 100)
/// or inputs (3); an ONNX model with its version (field 1) and its producer's name (field 2).
std::optional<KnownFile> recognise_protocol_buffer(std::string_view head) {
  if (const auto rest = after_text_field(head, 0, '\x0a')) {
    if (rest->starts_with('\x12') || rest->starts_with("\xa2\x06") || rest->starts_with('\x1a')) {
      return weights("a Caffe model", kResave);
    }
  }
  const bool version = head.size() > 2 && head[0] == '\x08' && head[1] > 0 && head[1] < 0x20;
  if (version && (after_text_field(head, 2, '\x12') || head[2] == ':')) {
    return weights("an ONNX model", kResave);
  }
  return std::nullopt;
}

/// A DOS or Windows program: two letters only, so it must look like one.
bool is_windows_program(std::string_view head) {
  return head.starts_with("MZ") && contains(head, "DOS mode");
}

bool is_text(std::string_view head) {
  if (head.starts_with("\xff\xfe"sv) || head.starts_with("\xfe\xff"sv)) {
    return true;  // UTF-16
  }
  return std::none_of(head.begin(), head.end(), [](unsigned char byte) {
    return byte == 0x7f ||
           (byte < 0x20 && std::string_view("\t\n\r\f\x1b").find(static_cast<char>(byte)) ==
                               std::string_view::npos);
  });
}

std::optional<KnownFile> recognise_rest(std::string_view head) {
  if (is_windows_program(head)) {
    return other("a Windows program");
  }
  if (std::all_of(head.begin(), head.end(), [](char byte) { return byte == '\0'; })) {
    return other("a file of nothing but zeros", "its copy or download broke off: get it again");
  }
  if (is_text(head) && contains(head, "\"weight_map\"")) {
    return weights("the index of a safetensors file in parts",
                   "name the part that holds the network, or save the parts as one file");
  }
  return is_text(head) ? std::optional(other("a text file")) : std::nullopt;
}

std::optional<KnownFile> recognise_fixed(std::string_view head) {
  for (const auto& signature : kSignatures) {
    if (head.size() >= signature.at && head.substr(signature.at).starts_with(signature.bytes)) {
      return signature.file;
    }
  }
  return is_bmp(head) ? std::optional(picture("a BMP picture")) : std::nullopt;
}

}  // namespace

std::optional<KnownFile> recognise(std::string_view head) {
  head = head.substr(0, kSignatureBytes);
  if (head.empty()) {
    return other("an empty file", "copy or download it again");
  }
  for (const auto look : {recognise_fixed, recognise_riff, recognise_media, recognise_tiff,
                          recognise_zip, recognise_tensors, recognise_netpbm, recognise_markup,
                          recognise_protocol_buffer, recognise_rest}) {
    if (const auto file = look(head)) {
      return file;
    }
  }
  return std::nullopt;
}

}  // namespace impasto
