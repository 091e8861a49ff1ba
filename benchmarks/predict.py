#!/usr/bin/env python3
"""Predicts what an iteration takes on a GPU, from what `impasto bench --profile --json` counts on any machine.

    impasto bench --size 512x512 --iterations 1 --profile --json profile.json
    python3 benchmarks/predict.py profile.json

Each operation takes max(FLOP / rate, bytes / bandwidth): no launch, no wait, nothing from a cache. No GPU has confirmed it.
FLOP and bytes are those that the operation declares (src/bench/profiling_backend.cpp), each tensor read or written once; in bf16
feature maps, their gradients and filters have half the bytes. What the CUDA backend does beyond is a row of its own: the masks of the
ReLUs, kernels before the data gradients, write the gradients of feature maps and read them once more.
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
    ("Gram matrices", r"Gram matrix|Gram difference"),
    ("their gradients", r"d Gram matrix"),
    ("pooling, both ways", r"(d )?(max|average) pooling"),
    ("content loss, pictures, Adam", r""),
]
MASKS = "ReLU masks in kernels of their own"
STAYS_FLOAT = re.compile(r"Adam|Gram difference|total variation")


def group_of(operation):
    return next(name for name, pattern in GROUPS if re.match(pattern, operation))


def masked_elements(operation):
    """The output elements of a convolution with ReLU, whose gradient the mask goes over; 0 for other operations."""
    match = re.match(r"d convolution \d+ to (\d+) at (\d+) x (\d+)", operation)
    channels, width, height = map(int, match.groups()) if match else (0, 0, 0)
    return channels * width * height


def count(profile, precision):
    """Rows of (group, FLOP, bytes)."""
    rows = []
    for row in profile:
        flop = row["ms"] * row["gflops"] * 1e6
        moved = row["ms"] * row["gb_per_s"] * 1e6
        halved = precision == "bf16" and not STAYS_FLOAT.search(row["operation"])
        rows.append((group_of(row["operation"]), flop, moved / 2 if halved else moved))
        elements = masked_elements(row["operation"]) * row["calls"]
        if elements:
            rows.append((MASKS, 0, 2 * elements * (2 if precision == "bf16" else 4)))
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
