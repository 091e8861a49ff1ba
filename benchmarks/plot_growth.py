#!/usr/bin/env python3
"""Draws time and memory per pixel against the picture's side from reports of `impasto bench --json`.

    python3 benchmarks/plot_growth.py REPORT.json... -o growth.svg --data growth.json

Needs matplotlib.
"""

import argparse
import json
import pathlib

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "growth"
from matplotlib import pyplot  # noqa: E402  (the backend is chosen first)

KEYS = ("program", "device", "threads", "width", "height", "ms_per_iteration", "startup_ms", "gflops",
        "peak_gflops", "peak_memory_bytes")


def draw(reports, path):
    sides = [report["width"] for report in reports]
    pixels = [report["width"] * report["height"] for report in reports]
    figure, (time, memory) = pyplot.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    time.plot(sides, [1e3 * r["ms_per_iteration"]["median"] / n for r, n in zip(reports, pixels)], "o-")
    time.set(title="time per pixel and iteration", ylabel="µs")
    memory.plot(sides, [r["peak_memory_bytes"] / n / 1024 for r, n in zip(reports, pixels)], "o-")
    memory.set(title="peak memory per pixel", ylabel="KiB")
    for axes in (time, memory):
        axes.set_xscale("log", base=2)
        axes.set_xticks(sides, [str(side) for side in sides])
        axes.set(xlabel="pixels on the side")
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
    figure.savefig(path, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", metavar="REPORT.json", type=pathlib.Path, nargs="+")
    parser.add_argument("-o", dest="picture", metavar="OUT.svg", required=True)
    parser.add_argument("--data", metavar="OUT.json", type=pathlib.Path, help="the figures drawn, in one file")
    options = parser.parse_args()
    reports = sorted((json.loads(path.read_text(encoding="utf-8")) for path in options.reports),
                     key=lambda report: report["width"])
    draw(reports, options.picture)
    if options.data:
        kept = [{key: report[key] for key in KEYS} for report in reports]
        options.data.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
