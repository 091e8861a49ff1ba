// JPEG by libjpeg-turbo, which Debian maintains for security. stb_image, which read JPEG before,
// trusts the file's Huffman tables and scans, and knows no CMYK.
//
// What counts is whether every block of pixels was decoded: bytes missing after the last block do
// no harm, a missing block ends in an error.
//
// libjpeg reports errors by a function that must not return. Here it jumps (longjmp) back into
// `call`, over frames of libjpeg and of a lambda that owns nothing, so that no destructor is
// skipped; `call` then throws.
#include <cstdio>

#include <jpeglib.h>

#include <jerror.h>  // after jpeglib.h, on which the numbers of its messages depend

#include <array>
#include <csetjmp>
#include <string>
#include <string_view>
#include <vector>

#include "image/bytes.hpp"
#include "image/decoders.hpp"
#include "impasto/error.hpp"

namespace impasto {

namespace {

constexpr std::array<JOCTET, 2> kEndMarker{0xFF, JPEG_EOI};

class JpegReader {
 public:
  JpegReader(std::string_view bytes, const std::string& path) : bytes_(bytes), path_(path) {}
  ~JpegReader() { jpeg_destroy_decompress(&jpeg_); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;
  JpegReader(JpegReader&&) = delete;
  JpegReader& operator=(JpegReader&&) = delete;

  StoredPicture read() {
    open();
    choose_colours();
    if (jpeg_has_multiple_scans(&jpeg_) != 0) {
      collect_scans();
    } else {
      call([this] { jpeg_start_decompress(&jpeg_); });
    }
    return read_rows();
  }

 private:
  /// libjpeg hands back its base, from which the whole is found: it is the first member.
  struct Errors {
    jpeg_error_mgr base{};
    std::jmp_buf escape{};
  };
  struct Source {
    jpeg_source_mgr base{};
    bool ran_out = false;
  };

  template <class Step>
  void call(const Step& step) {
    if (setjmp(errors_.escape) != 0) {
      throw_failure();
    }
    step();
  }

  void open() {
    jpeg_.err = jpeg_std_error(&errors_.base);
    errors_.base.error_exit = [](j_common_ptr jpeg) { escape(jpeg); };
    errors_.base.emit_message = [](j_common_ptr jpeg, int level) {
      if (level < 0 && pixels_are_wrong_after(jpeg->err->msg_code)) {
        escape(jpeg);
      }
    };
    errors_.base.output_message = [](j_common_ptr) {};
    source_.base.next_input_byte = reinterpret_cast<const JOCTET*>(bytes_.data());
    source_.base.bytes_in_buffer = bytes_.size();
    source_.base.init_source = [](j_decompress_ptr) {};
    source_.base.fill_input_buffer = [](j_decompress_ptr jpeg) -> boolean {
      run_out(jpeg);
      return TRUE;
    };
    source_.base.skip_input_data = skip;
    source_.base.resync_to_restart = jpeg_resync_to_restart;
    source_.base.term_source = [](j_decompress_ptr) {};
    call([this] {
      jpeg_create_decompress(&jpeg_);
      jpeg_.src = &source_.base;
      jpeg_read_header(&jpeg_, TRUE);
    });
  }

  [[noreturn]] static void escape(j_common_ptr jpeg) {
    std::longjmp(reinterpret_cast<Errors*>(jpeg->err)->escape, 1);
  }

  /// The warnings after which libjpeg goes on with pixels of its own making.
  static bool pixels_are_wrong_after(int warning) {
    return warning == JWRN_HIT_MARKER || warning == JWRN_HUFF_BAD_CODE ||
           warning == JWRN_ARITH_BAD_CODE || warning == JWRN_BOGUS_PROGRESSION ||
           warning == JWRN_MUST_RESYNC;
  }

  /// Where the file ends libjpeg sees an end marker, as often as it asks.
  static void run_out(j_decompress_ptr jpeg) {
    auto& source = *reinterpret_cast<Source*>(jpeg->src);
    source.ran_out = true;
    source.base.next_input_byte = kEndMarker.data();
    source.base.bytes_in_buffer = kEndMarker.size();
  }

  static void skip(j_decompress_ptr jpeg, long count) {
    if (count <= 0) {
      return;
    }
    if (static_cast<std::size_t>(count) > jpeg->src->bytes_in_buffer) {
      run_out(jpeg);
    } else {
      jpeg->src->next_input_byte += count;
      jpeg->src->bytes_in_buffer -= static_cast<std::size_t>(count);
    }
  }

  [[noreturn]] void throw_failure() {
    const int code = errors_.base.msg_code;
    if (code == JERR_OUT_OF_MEMORY) {
      throw_no_memory(path_);
    }
    if (source_.ran_out || (code == JWRN_HIT_MARKER && jpeg_.unread_marker == JPEG_EOI)) {
      throw_cut_off(path_, lines_done(), jpeg_.image_height);
    }
    std::array<char, JMSG_LENGTH_MAX> message{};
    errors_.base.format_message(reinterpret_cast<j_common_ptr>(&jpeg_), message.data());
    throw_damaged(message.data());
  }

  [[noreturn]] void throw_damaged(const std::string& reason) const {
    throw InputError("the JPEG is damaged, " + reason, path_,
                     "copy or download the file again, or save it as PNG");
  }

  /// How many lines are whole, or -1 where later scans refine lines that are all there.
  [[nodiscard]] std::int64_t lines_done() const {
    if (jpeg_.output_height == 0) {
      return -1;  // not yet past the header
    }
    if (!jpeg_.buffered_image) {
      return jpeg_.output_scanline;
    }
    return jpeg_.input_scan_number > 1
               ? -1
               : std::int64_t{jpeg_.input_iMCU_row} * jpeg_.max_v_samp_factor * DCTSIZE;
  }

  void choose_colours() {
    switch (jpeg_.num_components) {
      case 1:
        model_ = ColourModel::kGrey;
        jpeg_.out_color_space = JCS_GRAYSCALE;
        break;
      case 3:
        model_ = ColourModel::kRgb;
        jpeg_.out_color_space = JCS_RGB;
        break;
      case 4:
        model_ = ColourModel::kCmyk;
        if (jpeg_.saw_Adobe_marker == 0 && colour_is_subsampled()) {
          jpeg_.jpeg_color_space = JCS_YCCK;
        }
        jpeg_.out_color_space = JCS_CMYK;
        break;
      default:
        throw InputError("a JPEG of " + std::to_string(jpeg_.num_components) + " colour channels",
                         path_, "save it as PNG");
    }
  }

  /// The second and third component stored at less resolution than the others: they are Cb and Cr,
  /// since nobody stores inks so.
  [[nodiscard]] bool colour_is_subsampled() const {
    const auto size = [this](int component) {
      return jpeg_.comp_info[component].h_samp_factor * jpeg_.comp_info[component].v_samp_factor;
    };
    return size(1) < size(0) && size(2) < size(0) && size(3) == size(0);
  }

  /// Takes in the scans of a progressive or component-wise file. Each must add something: so their
  /// number, and the work, is bounded.
  void collect_scans() {
    constexpr int kScanLimit = 128;
    jpeg_.buffered_image = TRUE;
    call([this] { jpeg_start_decompress(&jpeg_); });
    int event = 0;
    while (event != JPEG_REACHED_EOI && !(event == JPEG_SCAN_COMPLETED && note_scan())) {
      call([this, &event] { event = jpeg_consume_input(&jpeg_); });
      if (jpeg_.input_scan_number > kScanLimit) {
        throw_damaged("it has more than " + std::to_string(kScanLimit) + " scans");
      }
    }
    if (event != JPEG_REACHED_EOI && another_scan_follows()) {
      throw_damaged("it repeats scans");
    }
    if (event == JPEG_REACHED_EOI && (source_.ran_out || !every_component_is_there())) {
      throw_cut_off(path_);
    }
    call([this] { jpeg_start_output(&jpeg_, jpeg_.input_scan_number); });
  }

  /// Notes the components of the scan just read; whether nothing more can come.
  bool note_scan() {
    for (int index = 0; index < jpeg_.comps_in_scan; ++index) {
      bool& seen = seen_.at(static_cast<std::size_t>(jpeg_.cur_comp_info[index]->component_index));
      if (seen && jpeg_.coef_bits == nullptr) {
        throw_damaged("it repeats scans");
      }
      seen = true;
    }
    return every_component_is_there() && every_bit_is_there();
  }

  [[nodiscard]] bool every_component_is_there() const {
    for (int component = 0; component < jpeg_.num_components; ++component) {
      if (!seen_.at(static_cast<std::size_t>(component)) ||
          (jpeg_.coef_bits != nullptr && jpeg_.coef_bits[component][0] < 0)) {
        return false;
      }
    }
    return true;
  }

  [[nodiscard]] bool every_bit_is_there() const {
    for (int component = 0; component < jpeg_.num_components && jpeg_.coef_bits != nullptr;
         ++component) {
      for (int coefficient = 0; coefficient < DCTSIZE2; ++coefficient) {
        if (jpeg_.coef_bits[component][coefficient] != 0) {
          return false;
        }
      }
    }
    return true;
  }

  /// Whether what comes after the last useful scan is one more of them, with tables or comments
  /// before it, rather than the end or some camera's stuffing.
  [[nodiscard]] bool another_scan_follows() const {
    if (source_.ran_out) {
      return false;
    }
    const std::size_t position = bytes_.size() - source_.base.bytes_in_buffer;
    std::size_t at = jpeg_.unread_marker != 0 ? position - 2 : bytes_.find('\xff', position);
    while (at < bytes_.size() && bytes_.size() - at >= 4 && byte_at(bytes_, at) == 0xFF) {
      const auto marker = byte_at(bytes_, at + 1);
      const bool passable = marker == 0xC4 || marker == 0xCC || marker == 0xDB || marker == 0xDD ||
                            marker == 0xFE || (marker >= 0xE0 && marker <= 0xEF);
      if (marker == 0xDA || !passable) {
        return marker == 0xDA;
      }
      at += 2 + big16(bytes_, at + 2);
    }
    return false;
  }

  StoredPicture read_rows() {
    StoredPicture picture(model_, false, jpeg_.output_width, jpeg_.output_height);
    std::vector<JSAMPLE> row(static_cast<std::size_t>(picture.width) * picture.channels());
    JSAMPROW to = row.data();
    for (std::int64_t y = 0; y < picture.height; ++y) {
      call([this, &to] { jpeg_read_scanlines(&jpeg_, &to, 1); });
      if (model_ == ColourModel::kCmyk && jpeg_.saw_Adobe_marker != 0) {
        for (JSAMPLE& sample : row) {  // Adobe stores how much paper is left
          sample = static_cast<JSAMPLE>(255 - sample);
        }
      }
      picture.set_row(y, row.data());
    }
    if (jpeg_.arith_code != 0 && source_.ran_out) {
      throw_cut_off(path_);  // the arithmetic decoder goes on with zeros and does not say so
    }
    return picture;
  }

  std::string_view bytes_;
  const std::string& path_;
  jpeg_decompress_struct jpeg_{};
  Errors errors_;
  Source source_;
  ColourModel model_ = ColourModel::kRgb;
  std::array<bool, MAX_COMPONENTS> seen_{};
};

}  // namespace

StoredPicture decode_jpeg(std::string_view bytes, const std::string& path) {
  return JpegReader(bytes, path).read();
}

}  // namespace impasto
