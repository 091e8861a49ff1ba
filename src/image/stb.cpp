// The one place where the stb headers become code. They are foreign, and not held to this project's
// warnings.
#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-function"
#endif

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_BMP
#define STBI_ONLY_TGA
#define STBI_ONLY_PNM
// Version 2.30 calls a function of PSD's from PNM's. No PSD comes here: file_signature.cpp names it
// first.
#define STBI_ONLY_PSD
#define STBI_NO_STDIO
#include <stb_image.h>

#include <zlib.h>

#include <cstdlib>

/// zlib for PNG instead of stb's own fixed Huffman code, which hardly makes a painting smaller. The
/// result is released with free; null on failure, which stb reports.
static unsigned char* compress_with_zlib(unsigned char* data, int size, int* compressed_size,
                                         int level) {
  uLongf bytes = compressBound(static_cast<uLong>(size));
  auto* compressed = static_cast<unsigned char*>(std::malloc(bytes));
  if (compressed == nullptr) {
    return nullptr;
  }
  if (compress2(compressed, &bytes, data, static_cast<uLong>(size), level) != Z_OK) {
    std::free(compressed);
    return nullptr;
  }
  *compressed_size = static_cast<int>(bytes);
  return compressed;
}
#define STBIW_ZLIB_COMPRESS compress_with_zlib
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb_image_write.h>

#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include <stb_image_resize.h>
