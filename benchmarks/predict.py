#!/usr/bin/env python3
"""Predicts what an iteration takes on a GPU, from what `impasto bench --profile --json` counts on any machine.

    impasto bench --size 512x512 --iterations 1 --profile --json profile.json
    python3 benchmarks/predict.py profile.json

Each operation takes max(FLOP / rate, bytes / bandwidth): no launch, no wait, nothing from a cache. No GPU has confirmed it.
FLOP and bytes are those that the operation declares (src/bench/profiling_backend.cpp), each tensor read or written once; in bf16
feature maps, their gradients and filters have half the bytes. The CUDA backend differs from the CPU, where these were counted: the
operation that writes a gradient masks it for the ReLU, and reads the map for that in place of the convolution. At taps that is a data
gradient which adds what the losses wrote, so that these do not read what they add to. At the first tap the losses add, and the kernel
that reaches the picture masks what it reads. At the deepest tap the mask is a kernel of its own, a row below.
"""

import argparse
import json
import re
import sys

# TB/s and TFLOP/s that a large product or copy reaches, as estimated for the desk check of the CUDA backend: about nine tenths
# of the memory's data sheet and eight of the tensor cores'.
GPUS = {
    "H100": {"bandwidth": 3.0, "bf16": 780, "tf32": 390},
    "H200": {"bandwidth": 4.3, "bf16": 780, "tf32": 390},
}
GROUPS = [
    ("convolutions forward, with bias and ReLU", r"convolution "),
    ("data gradients", r"d convolution "),
    ("Gram matrices", r"Gram matrix"),
    ("their gradients", r"d Gram matrix"),
    ("pooling, both ways", r"(d )?(max|average) pooling"),
    ("content loss, pictures, Adam", r""),
]
MASKS = "ReLU masks in kernels of their own"
# Channels of the benchmark's taps, and how often their maps have been pooled: the deepest, relu5_1; those with a style loss that a
# convolution follows, but the first; and relu4_2.
DEEPEST_TAP = [(512, 4)]
STYLE_TAPS = [(128, 1), (256, 2), (512, 3)]
CONTENT_TAPS = [(512, 3)]
TAPS_BEFORE_A_CONVOLUTION = STYLE_TAPS + CONTENT_TAPS
# Maps that max pooling reads anyway, and masks on its way back: their convolutions do not read them for that, as they do on a CPU.
POOLED = [(64, 0), (128, 1), (256, 2), (512, 3)]
STAYS_FLOAT = re.compile(r"Adam|total variation")


def group_of(operation):
    return next(name for name, pattern in GROUPS if re.match(pattern, operation))


def elements(profile, maps):
    """Of each of the feature maps, from the size at which the first convolution works."""
    sizes = [match.groups() for row in profile if (match := re.match(r"convolution 3 to \d+ at (\d+) x (\d+)", row["operation"]))]
    width, height = map(int, sizes[0]) if sizes else (0, 0)
    return [channels * (width >> pooled) * (height >> pooled) for channels, pooled in maps]


def read_more_on_cuda(operation, profile):
    """Elements that the CUDA backend reads for an operation beyond what the CPU reads; negative for fewer."""
    convolution = re.match(r"d convolution (\d+) to (\d+) at (\d+) x (\d+)", operation)
    if convolution and convolution[1] == convolution[2]:
        size = int(convolution[2]) * int(convolution[3]) * int(convolution[4])
        added = sum(map_size for map_size in elements(profile, TAPS_BEFORE_A_CONVOLUTION) if map_size == size)
        return added - (size if size in elements(profile, POOLED) else 0)
    style = re.match(r"d Gram matrix of (\d+) channels", operation)
    if style:
        return -sum(elements(profile, [tap for tap in STYLE_TAPS if tap[0] == int(style[1])]))
    return -sum(elements(profile, CONTENT_TAPS)) if operation == "content loss" else 0


def count(profile, precision):
    """Rows of (group, FLOP, bytes)."""
    rows = []
    for row in profile:
        flop = row["ms"] * row["gflops"] * 1e6
        moved = row["ms"] * row["gb_per_s"] * 1e6 + 4 * read_more_on_cuda(row["operation"], profile)
        halved = precision == "bf16" and not STAYS_FLOAT.search(row["operation"])
        rows.append((group_of(row["operation"]), flop, moved / 2 if halved else moved))
    rows.append((MASKS, 0, 2 * sum(elements(profile, DEEPEST_TAP)) * (2 if precision == "bf16" else 4)))
    return rows


def milliseconds(flop, moved, gpu, precision):
    return 1e3 * max(flop / (gpu[precision] * 1e12), moved / (gpu["bandwidth"] * 1e12))


def table(profile, precision):
    rows = count(profile, precision)
    yield f"| {precision} | GFLOP | MB | " + " | ".join(f"{name}, ms" for name in GPUS) + " |"
    yield "|---|---|---|" + "---|" * len(GPUS)
    for name in [name for name, _ in GROUPS] + [MASKS, None]:
        mine = [row for row in rows if name in (None, row[0])]
        cells = [f"{sum(milliseconds(flop, moved, gpu, precision) for _, flop, moved in mine):.3f}" for gpu in GPUS.values()]
        gflop = sum(row[1] for row in mine) / 1e9
        megabytes = sum(row[2] for row in mine) / 1e6
        yield f"| {name or '**sum**'} | {gflop:.1f} | {megabytes:.0f} | " + " | ".join(cells) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("profile", help="what impasto bench --profile --json wrote")
    path = parser.parse_args().profile
    with open(path, encoding="utf-8") as file:
        profile = json.load(file).get("profile")
    if not profile:
        sys.exit(f"predict: error: {path} has no profile: give impasto bench --profile")
    for precision in ("bf16", "tf32"):
        print("\n".join(table(profile, precision)), end="\n\n")


if __name__ == "__main__":
    main()
