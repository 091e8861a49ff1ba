#!/usr/bin/env python3
"""How much longer an iteration takes while something else wants the processors.

    python3 benchmarks/under_load.py [option]... OUT_FOLDER

In each round, one after the other: the program alone ("quiet"), beside busy loops of this script's own ("busy"), and two of
the program side by side ("pair"). A ratio is a state's time over the quiet time of the same round, so the machine's drift
from one quarter of an hour to the next does not enter. "Processors" is the processor time that the program had over the
time it took, its start included: where the machine's own speed jumps about, it still tells who got the processors.
With --baseline a second program takes its turns in every round.
OUT_FOLDER gets each run's report, load.json and load.md. Let nothing else run meanwhile. Needs Python 3.9 and nothing else.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

BUSY_LOOP = "while True: pass"
STATES = ("quiet", "busy", "pair")


def start(program, report, options):
    command = [str(program), "bench", "--device", "cpu", "--size", f"{options.size}x{options.size}", "--threads",
               str(options.threads), "--iterations", str(options.iterations), "--json", str(report)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def wait_for(process, begin):
    """How many processors the program had, on average."""
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"under_load: error: {' '.join(process.args)} failed: {errors.strip()}")
    return (usage.ru_utime + usage.ru_stime) / (time.monotonic() - begin)


class BusyLoops:
    """While it is entered, `count` processes that never rest; all on processor `pin`, or wherever the kernel puts them."""

    def __init__(self, count, pin):
        self.count, self.pin, self.processes = count, pin, []

    def __enter__(self):
        for _ in range(self.count):
            process = subprocess.Popen([sys.executable, "-c", BUSY_LOOP])
            self.processes.append(process)
            if self.pin is not None:
                os.sched_setaffinity(process.pid, {self.pin})

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()


def median_ms(report):
    return json.loads(report.read_text(encoding="utf-8"))["ms_per_iteration"]["median"]


def measure(state, program, stem, options):
    """Milliseconds per iteration, of a pair the slower one's, and processors that the program had, of a pair both."""
    busy = options.busy if state == "busy" else 0
    reports = [options.out / f"{stem}_{n}.json" for n in range(2 if state == "pair" else 1)]
    with BusyLoops(busy, options.pin):
        begin = time.monotonic()
        running = [start(program, report, options) for report in reports]
        processors = sum(wait_for(process, begin) for process in running)
    return {"ms": max(median_ms(report) for report in reports), "processors": processors}


def summary(name, rounds):
    """rounds: a dictionary of state to what measure() returns for each."""
    states = {}
    for state in rounds[0]:
        ratios = [one[state]["ms"] / one["quiet"]["ms"] for one in rounds]
        states[state] = {
            "ms": statistics.median(one[state]["ms"] for one in rounds),
            "processors": statistics.median(one[state]["processors"] for one in rounds),
            "ratio": statistics.median(ratios),
            "ratio_spread": [min(ratios), max(ratios)],
        }
    return {"program": name, "rounds": rounds, "states": states}


def table(results):
    lines = [
        f"{results['size']} × {results['size']}, {results['threads'] or 'default'} threads, {results['cores']} cores, "
        f"{results['busy']} busy process{'' if results['busy'] == 1 else 'es'} "
        f"({'not pinned' if results['pin'] is None else 'on processor ' + str(results['pin'])}), {results['date']}", "",
        "| program | " + " | ".join(f"{state}, ms" for state in results["measured"]) + " | "
        + " | ".join(f"{state} / quiet" for state in results["measured"][1:]) + " | "
        + " | ".join(f"processors, {state}" for state in results["measured"]) + " |",
        "|" + "---|" * (3 * len(results["measured"]))]
    for entry in results["programs"]:
        cells = [f"{entry['states'][state]['ms']:.0f}" for state in results["measured"]]
        for state in results["measured"][1:]:
            low, high = entry["states"][state]["ratio_spread"]
            cells.append(f"{entry['states'][state]['ratio']:.2f} ({low:.2f} to {high:.2f})")
        cells += [f"{entry['states'][state]['processors']:.2f}" for state in results["measured"]]
        lines.append(f"| {entry['program']} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def parse_arguments():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", metavar="OUT_FOLDER", type=pathlib.Path)
    parser.add_argument("--program", type=pathlib.Path, default=root / "build/release/impasto",
                        help="default build/release/impasto of this checkout")
    parser.add_argument("--baseline", type=pathlib.Path, help="another build that takes its turns")
    parser.add_argument("--size", type=int, default=256, help="side of the square picture; default 256")
    parser.add_argument("--threads", type=int, default=0, help="of the program; default 0: the program's own choice")
    parser.add_argument("--iterations", type=int, default=20, help="timed in each run; default 20")
    parser.add_argument("--rounds", type=int, default=3, help="default 3")
    parser.add_argument("--busy", type=int, default=1, help="busy loops in the state busy; default 1")
    parser.add_argument("--pin", type=int, metavar="CPU", help="where all busy loops stay; default: where the kernel likes")
    parser.add_argument("--states", default=",".join(STATES), help="default quiet,busy,pair; quiet is always measured")
    options = parser.parse_args()
    wanted = options.states.split(",")
    unknown = [state for state in wanted if state not in STATES]
    if unknown or min(options.rounds, options.iterations, options.busy) < 1:
        parser.error(f"--states knows {', '.join(STATES)}; counts begin at 1")
    options.measured = [state for state in STATES if state in wanted or state == "quiet"]
    options.programs = [path for path in (options.program, options.baseline) if path]
    for path in options.programs:
        if not os.access(path, os.X_OK) or path.is_dir():
            parser.error(f"there is no program {path}")
    return options


def main():
    options = parse_arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    rounds = {path: [] for path in options.programs}
    for path in options.programs:
        # The first run at a size times the ways to convolve; that is no part of an iteration.
        measure("quiet", path, f"warm_up_{options.programs.index(path)}", options)
    for number in range(options.rounds):
        for path in options.programs:
            stem = f"program{options.programs.index(path)}_round{number}"
            rounds[path].append({s: measure(s, path, f"{stem}_{s}", options) for s in options.measured})
            print(f"under_load: round {number + 1}, {path}: "
                  + ", ".join(f"{state} {one['ms']:.0f} ms" for state, one in rounds[path][-1].items()), file=sys.stderr)
    first = json.loads((options.out / "program0_round0_quiet_0.json").read_text(encoding="utf-8"))
    results = {
        "date": first["date"], "device": first["device"], "commit": first["commit"], "size": options.size,
        "threads": options.threads, "cores": len(os.sched_getaffinity(0)), "busy": options.busy, "pin": options.pin,
        "iterations": options.iterations, "measured": options.measured,
        "programs": [summary(str(path), rounds[path]) for path in options.programs],
    }
    (options.out / "load.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    (options.out / "load.md").write_text(table(results), encoding="utf-8")
    print(table(results), end="")


if __name__ == "__main__":
    main()
