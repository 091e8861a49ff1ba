#!/usr/bin/env python3
"""Writes what cuDNN knows of a GPU, from which it plans convolutions where that GPU is not.

    python3 benchmarks/describe_device.py OUT.json [--device N] [--cudnn LIBRARY]

What it writes belongs into tests/data/devices/, for whose GPUs the tests let the real cuDNN plan. Needs cuDNN 9.8 or newer,
from the system, or from the nvidia-* packages of the Python that runs this, and of Python 3.9 nothing else.
"""

import argparse
import ctypes
import json
import pathlib
import sys
import sysconfig

# cudnn_graph.h
DEVICE_PROPERTIES = 38  # CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR
DEVICE_ID, JSON_REPRESENTATION = 2700, 2702  # CUDNN_ATTR_DEVICEPROP_…
TYPE_INT32, TYPE_CHAR = 23, 24  # CUDNN_TYPE_INT32, CUDNN_TYPE_CHAR
MOST_BYTES = 1 << 20


def fail(text):
    sys.exit(f"describe_device: error: {text}")


def load_cudnn(named):
    packages = pathlib.Path(sysconfig.get_paths()["purelib"]) / "nvidia"
    places = [named] if named else ["libcudnn.so.9", *map(str, sorted(packages.glob("*/lib/libcudnn.so.9"))),
                                    "/usr/local/cuda/lib64/libcudnn.so.9"]
    for place in places:
        try:
            return ctypes.CDLL(place)
        except OSError as error:
            reason = error
    fail(f"cuDNN 9 cannot be loaded ({reason}); name its library with --cudnn")


class DeviceProperties:
    """cuDNN's descriptor of a device. Every call that it refuses ends the program."""

    def __init__(self, cudnn):
        self.cudnn = cudnn
        cudnn.cudnnGetErrorString.restype = ctypes.c_char_p
        self.descriptor = ctypes.c_void_p()
        self.call("cudnnBackendCreateDescriptor", DEVICE_PROPERTIES, ctypes.byref(self.descriptor))

    def call(self, name, *arguments):
        status = getattr(self.cudnn, name)(*arguments)
        if status != 0:
            fail(f"{name}: {self.cudnn.cudnnGetErrorString(status).decode()} (cuDNN {self.cudnn.cudnnGetVersion()})")

    def set(self, attribute, kind, count, values):
        self.call("cudnnBackendSetAttribute", self.descriptor, attribute, kind, ctypes.c_int64(count), values)

    def finalize(self):
        self.call("cudnnBackendFinalize", self.descriptor)

    def json(self):
        text, count = ctypes.create_string_buffer(MOST_BYTES), ctypes.c_int64()
        self.call("cudnnBackendGetAttribute", self.descriptor, JSON_REPRESENTATION, TYPE_CHAR, ctypes.c_int64(MOST_BYTES),
                  ctypes.byref(count), text)
        return json.loads(text.raw[:count.value].rstrip(b"\0"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--device", type=int, default=0, metavar="N", help="as nvidia-smi counts them; default 0")
    parser.add_argument("--cudnn", metavar="LIBRARY", help="default: the first libcudnn.so.9 that is found")
    # A description instead of a device: what cuDNN makes of it, where there is no GPU.
    parser.add_argument("--from-json", type=pathlib.Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    properties = DeviceProperties(load_cudnn(options.cudnn))
    if options.from_json:
        text = options.from_json.read_bytes()
        properties.set(JSON_REPRESENTATION, TYPE_CHAR, len(text), text)
    else:
        device = ctypes.c_int32(options.device)
        properties.set(DEVICE_ID, TYPE_INT32, 1, ctypes.byref(device))
    properties.finalize()
    options.out.write_text(json.dumps(properties.json(), indent=4) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
