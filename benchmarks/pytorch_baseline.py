#!/usr/bin/env python3
"""Times PyTorch on the very job of `impasto bench` and reports the same JSON keys.

    python3 benchmarks/pytorch_baseline.py --size 512x512 --threads 8 --json eager.json
    python3 benchmarks/pytorch_baseline.py --device cuda --mode best --precision bf16 --json best.json

The job: a full-width VGG-19 of random weights, Gram (positions) losses at relu1_1 ... relu5_1, a content loss at
relu4_2, Adam on the image. `eager` is what a PyTorch user writes first; `best` is what PyTorch can do: channels_last,
torch.compile, cudnn.benchmark, and a CUDA graph of the whole iteration. Needs Python 3 and torch.
"""

import argparse
import datetime
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import time

PROCESS_START = time.perf_counter()

import torch  # noqa: E402  (importing it belongs to the start-up time)
from torch import nn  # noqa: E402

BLOCKS = ((64, 64), (128, 128), (256, 256, 256, 256), (512, 512, 512, 512), (512,))  # up to the deepest tap
STYLE_TAPS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
CONTENT_TAP = "relu4_2"
CONTENT_WEIGHT = 1.0
STYLE_WEIGHTS = {f"relu{b}_1": 1e3 / BLOCKS[b - 1][0] ** 2 for b in range(1, 6)}


class VGG(nn.Module):
    """VGG-19 up to relu5_1; returns the tapped maps in network order."""

    def __init__(self):
        super().__init__()
        self.layers, self.names, channels = nn.ModuleList(), [], 3
        for block, widths in enumerate(BLOCKS, start=1):
            if block > 1:
                self.add(nn.MaxPool2d(2), f"pool{block - 1}")
            for index, width in enumerate(widths, start=1):
                conv = nn.Conv2d(channels, width, 3, padding=1)
                # Orthogonal and scaled by sqrt(2), as impasto's --weights random: activations keep their size.
                nn.init.orthogonal_(conv.weight, gain=math.sqrt(2))
                nn.init.zeros_(conv.bias)
                self.add(conv, f"conv{block}_{index}")
                self.add(nn.ReLU(inplace=True), f"relu{block}_{index}")
                channels = width

    def add(self, layer, name):
        self.layers.append(layer)
        self.names.append(name)

    def forward(self, x):
        taps = []
        for name, layer in zip(self.names, self.layers):
            x = layer(x)
            if name in STYLE_TAPS or name == CONTENT_TAP:
                taps.append((name, x))
        return taps


def gram(f):
    # Losses stay in fp32 whatever the features are, as impasto's do.
    flat = f[0].flatten(1).float()
    return flat @ flat.T / flat.shape[1]


def loss_of(taps, targets):
    total = 0.0
    for name, f in taps:
        if name == CONTENT_TAP:
            total = total + CONTENT_WEIGHT * nn.functional.mse_loss(f.float(), targets[name])
        else:
            total = total + STYLE_WEIGHTS[name] * nn.functional.mse_loss(gram(f), targets[name])
    return total


@torch.no_grad()
def make_targets(model, content, style, amp):
    with amp():
        content_taps, style_taps = dict(model(content)), dict(model(style))
    targets = {name: gram(style_taps[name]).detach() for name in STYLE_TAPS}
    targets[CONTENT_TAP] = content_taps[CONTENT_TAP].detach().float().clone()
    return targets


def convolution_gflop(width, height):
    """Direct algorithm: a multiply and an add per weight and position, forward and data gradient. Gram matrices and
    everything else are left out: they are a few percent, and the convention is then the same for every program."""
    flop, channels = 0, 3
    for block, widths in enumerate(BLOCKS):
        for k in widths:
            flop += 2 * 2 * 9 * channels * k * (width >> block) * (height >> block)
            channels = k
    return flop / 1e9


def measure_peak_gflops(device, dtype):
    """Best rate of a large matrix product in this very configuration."""
    n = 8192 if device.type == "cuda" else 2048
    a = torch.randn(n, n, device=device, dtype=dtype)
    best = math.inf
    warm = time.perf_counter() + 0.5  # clocks rise with the load
    while time.perf_counter() < warm:
        a @ a
        synchronize(device)
    for _ in range(6):
        synchronize(device)
        start = time.perf_counter()
        a @ a
        synchronize(device)
        best = min(best, time.perf_counter() - start)
    return 2 * n**3 / best / 1e9


def synchronize(device):
    if device.type == "cuda":
        torch.cuda.synchronize(device)


class Job:
    """One optimisation: image, targets, and an iteration in the parts that are timed."""

    def __init__(self, options, device):
        self.device = device
        best = options.mode == "best"
        self.memory_format = torch.channels_last if best else torch.contiguous_format
        self.model = VGG().to(device, memory_format=self.memory_format).eval().requires_grad_(False)
        self.dtype = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(options.precision)
        content, style = (self.picture(options, seed) for seed in (1, 2))
        self.targets = make_targets(self.model, content, style, self.amp)
        self.image = content.clone(memory_format=self.memory_format).requires_grad_(True)
        graphed = best and device.type == "cuda"
        # A captured Adam keeps its step count on the device.
        self.optimizer = torch.optim.Adam([self.image], lr=0.02, capturable=graphed)

    def picture(self, options, seed):
        generator = torch.Generator().manual_seed(seed)
        x = torch.randn(1, 3, options.height, options.width, generator=generator)
        return x.to(self.device).contiguous(memory_format=self.memory_format)

    def amp(self):
        # The weights never change, but the autocast cache must not be filled inside one graph and used in another.
        return torch.autocast(self.device.type, self.dtype, enabled=self.dtype is not None, cache_enabled=False)

    def forward(self):
        with self.amp():
            return self.model(self.image)

    def loss(self, taps):
        return loss_of(taps, self.targets)

    def forward_and_loss(self):
        return self.loss(self.forward())

    def update(self):
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)


def iteration_eager(job):
    """Runs one iteration and returns the milliseconds of forward, loss, backward and update."""
    marks = [time.perf_counter()]

    def mark():
        synchronize(job.device)
        marks.append(time.perf_counter())

    taps = job.forward()
    mark()
    loss = job.loss(taps)
    mark()
    loss.backward()
    mark()
    job.update()
    mark()
    return [1e3 * (b - a) for a, b in zip(marks, marks[1:])]


def plain_iteration(job, forward_and_loss):
    def run():
        loss = forward_and_loss()
        loss.backward()
        job.update()

    return run


def compiled_iteration(job):
    """(iteration, whether torch.compile worked)."""
    try:
        compiled = torch.compile(job.forward_and_loss)
        run = plain_iteration(job, compiled)
        run()
        return run, True
    except Exception as error:  # no C++ compiler or no Triton: a reason to go on, not to stop
        print(f"torch.compile is not usable here ({type(error).__name__}); going on without", file=sys.stderr)
        job.optimizer.zero_grad(set_to_none=True)
        return plain_iteration(job, job.forward_and_loss), False


def captured_iteration(run):
    """The whole iteration as one CUDA graph, after the warm-up on a side stream that capture asks for."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            run()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run()
    return graph.replay


def prepare_best(options, job):
    """(iteration, what it makes use of). Compilation and capture belong to the start-up time."""
    run, compiled = compiled_iteration(job) if options.compile else (plain_iteration(job, job.forward_and_loss), False)
    notes = "channels_last" + (", torch.compile" if compiled else "")
    if job.device.type == "cuda":
        run, notes = captured_iteration(run), notes + ", CUDA graph"
    return run, notes


def time_eager(options, job):
    """(ms of each iteration, median split in ms)."""
    for _ in range(options.warmup):
        iteration_eager(job)
    splits = [iteration_eager(job) for _ in range(options.iterations)]
    medians = [statistics.median(column) for column in zip(*splits)]
    return [sum(s) for s in splits], dict(zip(("forward", "loss", "backward", "update"), medians))


def time_best(options, job, run):
    """ms of each iteration; its parts cannot be told apart once it is compiled or captured."""
    for _ in range(options.warmup):
        run()
    if job.device.type == "cuda":  # as impasto bench does: by the device's clock, without waiting in between
        marks = [torch.cuda.Event(enable_timing=True) for _ in range(options.iterations + 1)]
        marks[0].record()
        for mark in marks[1:]:
            run()
            mark.record()
        synchronize(job.device)
        return [begin.elapsed_time(end) for begin, end in zip(marks, marks[1:])]
    times = []
    for _ in range(options.iterations):
        synchronize(job.device)
        start = time.perf_counter()
        run()
        synchronize(job.device)
        times.append(1e3 * (time.perf_counter() - start))
    return times


def configure(options):
    device = torch.device(options.device)
    if options.threads:
        torch.set_num_threads(options.threads)
    tf32 = options.precision == "tf32"
    # fp32 means fp32: TF32 only where it is asked for.
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.backends.cudnn.allow_tf32 = tf32
    torch.backends.cudnn.benchmark = options.mode == "best"
    return device


def device_name(device):
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "cpu"


def commit():
    here = os.path.dirname(os.path.abspath(__file__))
    done = subprocess.run(["git", "-C", here, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def versions(device):
    found = {"python": platform.python_version(), "torch": str(torch.__version__)}
    if device.type == "cuda":
        found |= {"cuda": torch.version.cuda, "cudnn": str(torch.backends.cudnn.version())}
    elif torch.backends.mkldnn.is_available():
        found["onednn"] = "as built into torch"
    return found


def quantile(values, q):
    """Linear interpolation between the sorted values."""
    ordered = sorted(values)
    position = q * (len(ordered) - 1)
    low = math.floor(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (position - low) * (ordered[high] - ordered[low])


def report(options, device, times, split, notes, startup_ms):
    median = statistics.median(times)
    gflop = convolution_gflop(options.width, options.height)
    # Read before the matrix product below, which is no part of the job.
    host_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    device_peak = torch.cuda.max_memory_reserved(device) if device.type == "cuda" else None
    peak_dtype = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(options.precision, torch.float32)
    return {
        "program": "pytorch",
        "commit": commit(),
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "device": device_name(device),
        "backend": f"pytorch {options.mode} ({notes})",
        "precision": options.precision,
        "threads": torch.get_num_threads(),
        "width": options.width,
        "height": options.height,
        "taps": [*STYLE_TAPS, CONTENT_TAP],
        "iterations": len(times),
        "ms_per_iteration": {"median": median, "p10": quantile(times, 0.1), "p90": quantile(times, 0.9)},
        "split_ms": split,
        "gflop_per_iteration": gflop,
        "gflops": gflop / median * 1e3,
        "peak_gflops": measure_peak_gflops(device, peak_dtype),
        "startup_ms": startup_ms,
        "peak_memory_bytes": host_peak,
        "device_memory_bytes": device_peak,
        "versions": versions(device),
    }


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="512x512", metavar="WxH", help="pixels (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (default: torch's own choice)")
    parser.add_argument("--iterations", type=int, default=20, help="timed iterations (default: %(default)s)")
    parser.add_argument("--warmup", type=int, default=3, help="iterations before timing (default: %(default)s)")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--mode", choices=("eager", "best"), default="eager")
    parser.add_argument("--precision", choices=("fp32", "tf32", "bf16", "fp16"), default="fp32")
    parser.add_argument("--no-compile", dest="compile", action="store_false", help="best without torch.compile")
    parser.add_argument("--json", metavar="OUT", help="where to write the report; always printed too")
    options = parser.parse_args()
    try:
        options.width, options.height = (int(n) for n in options.size.lower().split("x"))
    except ValueError:
        parser.error(f"--size {options.size}: give WxH, for example 512x512")
    if options.precision in ("tf32", "fp16") and options.device == "cpu":
        parser.error(f"--precision {options.precision} needs --device cuda")
    if options.mode == "eager" and not options.compile:
        parser.error("--no-compile has no effect with --mode eager")
    if min(options.width, options.height) < 16 or options.iterations < 1 or options.warmup < 0:
        parser.error("--size must be at least 16x16, --iterations 1 and --warmup 0")
    return options


def main():
    options = parse_arguments()
    device = configure(options)
    torch.manual_seed(0)
    job = Job(options, device)
    run, notes = prepare_best(options, job) if options.mode == "best" else (None, "as written")
    startup_ms = 1e3 * (time.perf_counter() - PROCESS_START)
    times, split = (time_best(options, job, run), None) if run else time_eager(options, job)
    result = json.dumps(report(options, device, times, split, notes, startup_ms), indent=2)
    print(result)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            file.write(result + "\n")


if __name__ == "__main__":
    main()
