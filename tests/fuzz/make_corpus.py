#!/usr/bin/env python3
"""Makes the seeds of the fuzzers again: small valid files of every kind that impasto reads.

    tests/fuzz/make_corpus.py build/test/bin/impasto

Python's own library suffices, and libwebp.so for the WebP pictures. Inputs that a fuzzer found, whose names do not begin with
"seed", stay as they are.
"""
import ctypes
import ctypes.util
import io
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent / "data"
WIDTH, HEIGHT = 12, 8


def keep(target, name, content):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"seed_{name}").write_bytes(content.encode() if isinstance(content, str) else content)


def pixels(channels):
    return bytes((13 * n + 31 * (n // (channels * WIDTH))) % 256 for n in range(WIDTH * HEIGHT * channels))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(depth, colour, row_bytes, extra=b""):
    rows = b"".join(bytes([y % 5]) + bytes((7 * x + 5 * y) % 256 for x in range(row_bytes)) for y in range(HEIGHT))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, colour, 0, 0, 0)) + extra
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def exif(orientation):
    return b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHIHH", 0x112, 3, 1, orientation, 0) + b"\0\0\0\0"


XMP = ('<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
       '<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>').encode()


def icc_profile():
    """A grey profile of gamma 2: header, three tags."""
    description = b"desc\0\0\0\0\0\0\0\x05grey\0" + bytes(78 + 1)
    white = b"XYZ \0\0\0\0" + struct.pack(">iii", 63190, 65536, 54061)
    curve = b"curv\0\0\0\0" + struct.pack(">IHH", 1, 512, 0)
    tags, body, offset = b"", b"", 128 + 4 + 3 * 12
    for name, data in ((b"desc", description), (b"wtpt", white), (b"kTRC", curve)):
        data += bytes(-len(data) % 4)
        tags += name + struct.pack(">II", offset + len(body), len(data))
        body += data
    size = offset + len(body)
    header = struct.pack(">I4sI4s4s4s", size, b"lcms", 0x02400000, b"mntr", b"GRAY", b"XYZ ") + bytes(12) + b"acsp"
    header += bytes(68 - len(header)) + struct.pack(">iii", 63190, 65536, 54061)
    return header + bytes(128 - len(header)) + struct.pack(">I", 3) + tags + body


def make_png():
    profile = chunk(b"iCCP", b"p\0\0" + zlib.compress(icc_profile()))
    text = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)
    chroma = chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000))
    keep("png", "rgb_gamma", png(8, 2, 3 * WIDTH, chunk(b"gAMA", struct.pack(">I", 100000)) + chroma))
    keep("png", "grey_profile", png(8, 0, WIDTH, profile))
    keep("png", "rgba16_exif", png(16, 6, 8 * WIDTH, chunk(b"eXIf", exif(6))))
    keep("png", "palette_xmp", png(4, 3, WIDTH // 2, text + chunk(b"PLTE", bytes(range(48))) + chunk(b"tRNS", b"\0\x80")))
    keep("picture_header", "png", png(8, 2, 3 * WIDTH))


def make_stb():
    rows = pixels(3)
    bmp = (b"BM" + struct.pack("<IHHI", 54 + len(rows), 0, 0, 54)
           + struct.pack("<IiiHHIIiiII", 40, WIDTH, HEIGHT, 1, 24, 0, 0, 0, 0, 0, 0) + rows)
    palette = bytes(64)
    small = (b"BM" + struct.pack("<IHHI", 54 + 64 + WIDTH * HEIGHT, 0, 0, 118)
             + struct.pack("<IiiHHIIiiII", 40, WIDTH, HEIGHT, 1, 8, 0, 0, 0, 0, 16, 0) + palette
             + bytes(n % 16 for n in range(WIDTH * HEIGHT)))
    tga = bytes([0, 0, 2]) + bytes(9) + struct.pack("<HHBB", WIDTH, HEIGHT, 24, 0) + rows
    packed = bytes([0, 0, 10]) + bytes(9) + struct.pack("<HHBB", WIDTH, HEIGHT, 32, 8)
    packed += b"".join(bytes([0x80 | (WIDTH - 1), y, 2, 3, 255]) for y in range(HEIGHT))
    for name, data in (("bmp", bmp), ("bmp_palette", small), ("tga", tga), ("tga_packed", packed),
                       ("ppm", b"P6\n# a comment\n%d %d\n255\n" % (WIDTH, HEIGHT) + rows),
                       ("pgm", b"P5 %d %d 255\n" % (WIDTH, HEIGHT) + pixels(1))):
        keep("stb", name, data)
    keep("picture_header", "bmp", bmp[:60])
    keep("picture_header", "tga", tga[:60])
    keep("picture_header", "ppm", b"P6\n# a comment\n%d %d\n255\n" % (WIDTH, HEIGHT))


def tiff(channels, photometric, depth=8, strips=None, extra=()):
    strips = strips or pixels(channels * depth // 8)
    tags = [(256, 3, 1, WIDTH), (257, 3, 1, HEIGHT), (258, 3, 1, depth), (259, 3, 1, 1), (262, 3, 1, photometric),
            (273, 4, 1, 8), (277, 3, 1, channels), (278, 3, 1, HEIGHT), (279, 4, 1, len(strips)), *extra]
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in sorted(tags))
    return b"II*\0" + struct.pack("<I", 8 + len(strips)) + strips + directory + b"\0\0\0\0"


def make_tiff():
    packed = zlib.compress(pixels(3))
    keep("tiff", "rgb", tiff(3, 2, extra=[(274, 3, 1, 6)]))
    keep("tiff", "grey16", tiff(1, 0, 16))
    keep("tiff", "cmyk", tiff(4, 5))
    deflated = tiff(3, 2, strips=packed).replace(struct.pack("<HHII", 259, 3, 1, 1), struct.pack("<HHII", 259, 3, 1, 8))
    keep("tiff", "deflated", deflated)
    keep("picture_header", "tiff", tiff(1, 1))


def riff(chunks):
    body = b"WEBP" + b"".join(kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for kind, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def make_webp():
    library = ctypes.CDLL(ctypes.util.find_library("webp"))
    out = ctypes.POINTER(ctypes.c_uint8)()

    def encoded(function, channels, *quality):
        encode = getattr(library, function)
        encode.restype = ctypes.c_size_t
        size = encode(pixels(channels), WIDTH, HEIGHT, WIDTH * channels, *quality, ctypes.byref(out))
        return ctypes.string_at(out, size)

    lossy = encoded("WebPEncodeRGB", 3, ctypes.c_float(80))
    lossless = encoded("WebPEncodeLosslessRGBA", 4)
    keep("webp", "lossy", lossy)
    keep("webp", "lossless_alpha", lossless)
    stream = lossless[12:]
    size = struct.pack("<I", WIDTH - 1)[:3] + struct.pack("<I", HEIGHT - 1)[:3]
    frame = bytes(6) + size + b"\x64\0\0\0" + stream
    keep("webp", "animated", riff([(b"VP8X", b"\x12\0\0\0" + size), (b"ANIM", bytes(6)), (b"ANMF", frame), (b"ANMF", frame)]))
    keep("webp", "metadata", riff([(b"VP8X", b"\x2c\0\0\0" + size), (b"ICCP", icc_profile()), (b"VP8 ", lossy[20:]),
                                   (b"EXIF", exif(8)), (b"XMP ", XMP)]))
    keep("picture_header", "webp", lossy[:40])


def make_heif():
    for name in ("quarters.avif", "quarters_alpha.heic", "quarters_turned.heic"):
        keep("heif", name, (DATA / "pictures" / name).read_bytes())
    keep("picture_header", "heic", (DATA / "pictures" / "quarters.heic").read_bytes())


def make_jpeg(program, folder):
    (folder / "content.png").write_bytes(png(8, 2, 3 * WIDTH))
    (folder / "style.png").write_bytes(png(8, 0, WIDTH))
    subprocess.run([program, "transfer", "content.png", "style.png", "-o", "out.jpg", "--weights", "oriented", "--iterations",
                    "1", "--style-layers", "relu1_1", "--content-layers", "relu1_1", "--progress", "none"], cwd=folder, check=True)
    jpeg = (folder / "out.jpg").read_bytes()

    def with_segment(marker, data):
        return jpeg[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data + jpeg[2:]

    keep("jpeg", "plain", jpeg)
    keep("jpeg", "exif", with_segment(0xE1, b"Exif\0\0" + exif(6)))
    keep("jpeg", "xmp", with_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP))
    keep("jpeg", "profile", with_segment(0xE2, b"ICC_PROFILE\0\x01\x01" + icc_profile()))
    keep("jpeg", "adobe", with_segment(0xEE, b"Adobe\0\x64\0\0\0\0\x02"))
    keep("picture_header", "jpeg", jpeg[:620])


def make_weights(program, folder):
    def data(name):
        return (DATA / "checkpoints" / name).read_bytes()

    for name in ("half.pth", "shared.pth"):
        keep("torch_zip", name, data(name))
    for name in ("shared_legacy.pth", "legacy_protocol4.pth"):
        keep("torch_legacy", name, data(name))
    for name in ("half.safetensors", "bfloat16.safetensors"):
        keep("safetensors", name, data(name))
    for name in ("zip.pth", "protocol4.pth", "nested.pth"):
        with zipfile.ZipFile(DATA / "checkpoints" / name) as archive:
            entry = next(entry for entry in archive.namelist() if entry.endswith("data.pkl"))
            keep("pickle", name, archive.read(entry))
    keep("keras", "notop.h5", data("keras_notop.h5"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo("model.weights.h5"), data("keras_notop.h5"))
    keep("keras", "model.keras", buffer.getvalue())
    subprocess.run([program, "convert", DATA / "checkpoints" / "half.pth", "-o", "weights.h5"], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)
    keep("weights_file", "converted.h5", (folder / "weights.h5").read_bytes())


def checkpoint(settings):
    width, height = 4, 3
    plane = struct.pack(f"<{3 * width * height}f", *(n / 36 for n in range(3 * width * height)))
    names = ("picture", "good", "start", "optimizer.vectors.0", "optimizer.vectors.1")
    header = {name: {"dtype": "F32", "shape": [3 * width * height],
                     "data_offsets": [n * len(plane), (n + 1) * len(plane)]} for n, name in enumerate(names)}
    run = {"content": "0123456789abcdef", "styles": ["0123456789abcdef"], "weights": "0123456789abcdef", "settings": settings,
           "plan": [3], "scale": 1, "evaluations": 2, "retries": 0, "style_weight": 1.5, "width": width, "height": height,
           "trace": [[1, 1, 3.0, 1.0, 2.0, 0.0, 0.1], [2, 1, 2.0, 1.0, 1.0, 0.0, 0.2]], "optimizer_numbers": [0.9, 0.999]}
    header["__metadata__"] = {"format": "impasto checkpoint 4", "run": json.dumps(run), "sha256": 64 * "0"}
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + len(names) * plane


def make_texts():
    settings = json.dumps({"content": "/a/photo.jpg", "styles": ["/a/%FFpainting.jpg"], "weights": "oriented:3",
                           "output": "/a/out.png", "trace": "", "choices": {"key": "direct"},
                           "settings": [["preset", "gatys"], ["iterations", "3"], ["style-layers", "relu1_1,relu2_1=0.5"]]})
    keep("record", "usual", settings)
    keep("checkpoint", "adam", checkpoint(settings))
    keep("config", "usual", 'preset = "gatys"\nweights = "weights/vgg19.h5"\nsize = 512\nscales = [256, 512]\nclamp = true\n'
         'style-layers = "relu1_1,relu2_1=0.5"\nlearning-rate = 1e-3\nseed = "18446744073709551615"\n')
    keep("config", "lists", 'style-weights = [2.0, 1]\ncontent-layers = ["relu4_2"]\nbalance = "auto"\n# nothing\n')
    keep("trace", "usual", "iteration,scale,total,content,style,tv,seconds\n1,1,3.5,1.5,2,0,0.125\n2,1,2.5,1.25,1.25,0,0.25\n")
    keep("trace", "few_columns", "style,content,total,iteration,other\r\n1,2,3,1,x\r\n1e-3,2,2.001,2,\r\n")
    entry = {"file": "a.png", "sha256": 64 * "0", "recipe": "recipe",
             "last": {"iteration": 2, "scale": 1, "total": 1.5, "content": 1.0, "style": 0.5, "tv": 0.0, "seconds": 0.1}}
    keep("journal", "usual", json.dumps({"panels": [entry], "made": [{"file": "grid.csv", "sha256": 64 * "1"}]}))


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as name:
        make_jpeg(program, pathlib.Path(name))
        make_weights(program, pathlib.Path(name))
    make_png()
    make_stb()
    make_tiff()
    make_webp()
    make_heif()
    make_texts()


if __name__ == "__main__":
    main()
