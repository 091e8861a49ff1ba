// JPEGs of every kind, written by libjpeg's own encoder.
#pragma once

#include <cstdio>

#include <jpeglib.h>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

namespace impasto {

struct JpegKind {
  int channels = 3;
  J_COLOR_SPACE given = JCS_RGB;     // of the samples
  J_COLOR_SPACE stored = JCS_YCbCr;  // in the file
  bool adobe_marker = false;
  bool progressive = false;
  bool component_wise = false;  // one scan for each component
  unsigned restart_interval = 0;
  int luma_sampling = 1;  // 2: colours at half the resolution
};

/// A file of `width` x `height` pixels; `samples` has the channels of each side by side.
inline std::string write_jpeg(const JpegKind& kind, unsigned width, unsigned height,
                              std::vector<std::uint8_t> samples) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);  // a fault of the test ends it
  jpeg_create_compress(&jpeg);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &bytes, &size);
  jpeg.image_width = width;
  jpeg.image_height = height;
  jpeg.input_components = kind.channels;
  jpeg.in_color_space = kind.given;
  jpeg_set_defaults(&jpeg);
  jpeg_set_colorspace(&jpeg, kind.stored);
  jpeg_set_quality(&jpeg, 98, TRUE);
  for (int component = 0; component < jpeg.num_components; ++component) {
    const bool full = component == 0 || component == 3;
    jpeg.comp_info[component].h_samp_factor = full ? kind.luma_sampling : 1;
    jpeg.comp_info[component].v_samp_factor = full ? kind.luma_sampling : 1;
  }
  jpeg.write_Adobe_marker = kind.adobe_marker ? TRUE : FALSE;
  jpeg.restart_interval = kind.restart_interval;
  std::vector<jpeg_scan_info> scans;
  for (int component = 0; component < jpeg.num_components; ++component) {
    scans.push_back({1, {component, 0, 0, 0}, 0, 63, 0, 0});
  }
  if (kind.progressive) {
    jpeg_simple_progression(&jpeg);
  } else if (kind.component_wise) {
    jpeg.scan_info = scans.data();
    jpeg.num_scans = static_cast<int>(scans.size());
  }
  jpeg_start_compress(&jpeg, TRUE);
  for (unsigned y = 0; y < height; ++y) {
    JSAMPROW row = samples.data() + std::size_t{y} * width * static_cast<unsigned>(kind.channels);
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  std::string file(reinterpret_cast<const char*>(bytes), size);
  std::free(bytes);
  return file;
}

/// One colour everywhere.
inline std::string flat_jpeg(const JpegKind& kind, const std::vector<int>& colour,
                             unsigned width = 48, unsigned height = 32) {
  std::vector<std::uint8_t> samples;
  for (unsigned pixel = 0; pixel < width * height; ++pixel) {
    samples.insert(samples.end(), colour.begin(), colour.end());
  }
  return write_jpeg(kind, width, height, samples);
}

}  // namespace impasto
