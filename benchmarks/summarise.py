#!/usr/bin/env python3
"""Turns what benchmarks/compare.sh or tools/gpu_check.sh left in a folder into one results.json and one results.md there.

    python3 benchmarks/summarise.py OUT_FOLDER

Reads every report of `impasto bench` and pytorch_baseline.py (*.json), steps.csv, transfers.csv and the traces it names,
gpu.csv, machine.txt and commit; what is not there is left out. Rounds of one measurement are put together: the median of
their medians, and the range. Ratios are PyTorch's time over impasto's of the same device, size and precision: above 1
impasto is faster. Needs Python 3.9 and nothing else.
"""

import argparse
import csv
import json
import pathlib
import statistics
import sys

MODES = ("impasto", "impasto --no-graph", "pytorch eager", "pytorch best")
PRECISIONS = ("fp32", "tf32", "bf16", "fp16")
JOB_ITERATIONS = 500
REPORT_KEYS = ("program", "device", "precision", "width", "height", "ms_per_iteration")


def warn(text):
    print(f"summarise: {text}", file=sys.stderr)


def read_json_reports(folder):
    """(file name, report) of every benchmark; other JSON files are passed over, broken ones are named."""
    found = []
    for path in sorted(folder.glob("*.json")):
        if path.name in ("results.json", "device.json"):
            continue
        try:
            report = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            warn(f"{path.name} is left out: {error}")
            continue
        if isinstance(report, dict) and all(key in report for key in REPORT_KEYS):
            found.append((path.name, report))
        else:
            warn(f"{path.name} is left out: it is no report of a benchmark")
    return found


def mode_of(report):
    if report["program"].startswith("impasto"):
        return "impasto --no-graph" if report.get("graph") is False else "impasto"
    return "pytorch best" if report.get("backend", "").startswith("pytorch best") else "pytorch eager"


def read_csv(path):
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [{(k or "").strip(): (v or "").strip() for k, v in row.items() if isinstance(v, (str, type(None)))}
                for row in csv.DictReader(file)]


def read_text(path):
    return path.read_text(encoding="utf-8").strip() if path.is_file() else None


def measurement(rounds):
    """One figure of one or more rounds; what is no time is the last round's."""
    medians = [r["ms_per_iteration"]["median"] for _, r in rounds]
    last = rounds[-1][1]
    entry = {key: last.get(key) for key in ("program", "commit", "device", "backend", "precision", "threads", "width",
                                            "height", "gflop_per_iteration", "peak_gflops", "split_ms",
                                            "peak_memory_bytes", "device_memory_bytes")}
    median = statistics.median(medians)
    entry |= {
        "mode": mode_of(last),
        "ms_per_iteration": median,
        "rounds_ms": medians,
        "p10_ms": min(r["ms_per_iteration"]["p10"] for _, r in rounds),
        "p90_ms": max(r["ms_per_iteration"]["p90"] for _, r in rounds),
        "startup_ms": statistics.median([r["startup_ms"] for _, r in rounds]) if "startup_ms" in last else None,
        "files": [name for name, _ in rounds],
    }
    flop, peak = last.get("gflop_per_iteration"), last.get("peak_gflops")
    entry["gflops"] = 1e3 * flop / median if flop else None
    entry["share_of_peak"] = entry["gflops"] / peak if flop and peak else None
    entry[f"seconds_of_{JOB_ITERATIONS}_extrapolated"] = whole_job_seconds(entry)
    return entry


def measurements(reports):
    groups = {}
    for name, report in reports:
        key = (report["device"], report["width"], report["height"], report["precision"], mode_of(report))
        groups.setdefault(key, []).append((name, report))
    entries = [measurement(rounds) for rounds in groups.values()]

    def order(e):
        precision = PRECISIONS.index(e["precision"]) if e["precision"] in PRECISIONS else len(PRECISIONS)
        return e["device"], e["width"] * e["height"], precision, MODES.index(e["mode"])

    return sorted(entries, key=order)


def spread(rounds, own_rounds):
    """The smallest and largest ratio of rounds that ran one after the other."""
    ratios = [ms / own for ms, own in zip(rounds, own_rounds)]
    return [min(ratios), max(ratios)]


def memory_ratio(entry, own):
    key = "device_memory_bytes" if own["device_memory_bytes"] else "peak_memory_bytes"
    return own[key] / entry[key] if own[key] and entry[key] else None


def whole_job_seconds(entry):
    """From process start to the last of JOB_ITERATIONS iterations, extrapolated from the figures of one."""
    known = entry["startup_ms"] is not None
    return 1e-3 * (entry["startup_ms"] + JOB_ITERATIONS * entry["ms_per_iteration"]) if known else None


def comparisons(entries):
    """One row per device, size and precision: each mode's milliseconds, and the ratios to impasto's."""
    rows = {}
    for entry in entries:
        key = (entry["device"], entry["width"], entry["height"], entry["precision"])
        row = rows.setdefault(key, dict(zip(("device", "width", "height", "precision"), key)) | {"entries": {}})
        row["entries"][entry["mode"]] = entry
    for row in rows.values():
        modes = row.pop("entries")
        row["ms"] = {mode: e["ms_per_iteration"] for mode, e in modes.items()}
        own = modes.pop("impasto", None)
        others = modes if own else {}
        row["ratios"] = {mode: e["ms_per_iteration"] / own["ms_per_iteration"] for mode, e in others.items()}
        row["ratio_spread"] = {mode: spread(e["rounds_ms"], own["rounds_ms"]) for mode, e in others.items()}
        row["memory_ratios"] = {mode: memory_ratio(e, own) for mode, e in others.items()}
    return list(rows.values())


def final_total(path):
    rows = read_csv(path)
    try:
        return float(rows[-1]["total"]) if rows else None
    except (KeyError, ValueError):
        warn(f"{path.name} has no last total")
        return None


def transfers(folder):
    """The rows of transfers.csv with each one's last loss, beside that of the same run in fp32."""
    rows = read_csv(folder / "transfers.csv")
    for row in rows:
        for key, kind in (("seconds", float), ("size", int), ("iterations", int)):
            row[key] = kind(row[key])
        row["final_total"] = final_total(folder / f"{row['name']}.csv")

    def same_run(row):
        return row["optimizer"], row["choice_cache"], row["size"], row["iterations"]

    reference = {same_run(r): r["final_total"] for r in rows if r["precision"] == "fp32"}
    for row in rows:
        of_fp32 = reference.get(same_run(row))
        known = of_fp32 and row["final_total"] is not None
        row["final_total_of_fp32"] = row["final_total"] / of_fp32 if known else None
    return rows


def summary(folder):
    reports = read_json_reports(folder)
    entries = measurements(reports)
    versions = {}
    for _, report in reports:
        program = "impasto" if report["program"].startswith("impasto") else "pytorch"
        versions.setdefault(program, {}).update(report.get("versions", {}))
    commits = {r["commit"] for _, r in reports if mode_of(r).startswith("impasto")}
    if len(commits) > 1:
        warn(f"these figures are of different commits: {', '.join(sorted(commits))}")
    steps = read_csv(folder / "steps.csv")
    machine = read_text(folder / "machine.txt")
    return {
        "commit": read_text(folder / "commit") or (sorted(commits)[0] if commits else None),
        "date": min((r["date"] for _, r in reports), default=(machine or "").split("\n")[0] or None),
        "gpu": (read_csv(folder / "gpu.csv") or [None])[0],
        "machine": machine.split("\n") if machine else None,
        "versions": versions,
        "steps": steps,
        "failed_steps": [s["step"] for s in steps if not s["status"].startswith(("passed", "skipped"))],
        "measurements": entries,
        "comparisons": comparisons(entries),
        "transfers": transfers(folder),
    }


def cell(value, form):
    return "–" if value is None else form.format(value)


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows] + [""]


def heading(results):
    gpu, lines = results["gpu"], []
    if gpu:
        lines.append("; ".join(f"{key} {value}" for key, value in gpu.items()))
    for program, versions in results["versions"].items():
        lines.append(f"{program}: " + ", ".join(f"{k} {v}" for k, v in versions.items()))
    lines.append(f"commit {results['commit'] or 'unknown'}, {results['date'] or 'date unknown'}")
    return [line + "  " for line in lines] + [""]


def benchmark_lines(results):
    lines = []
    for device in dict.fromkeys(row["device"] for row in results["comparisons"]):
        rows = []
        for row in (r for r in results["comparisons"] if r["device"] == device):
            times = [cell(row["ms"].get(mode), "{:.3f}") for mode in MODES]
            ratios = [cell(row["ratios"].get(mode), "{:.2f}") for mode in MODES[2:]]
            spreads = [" to ".join(f"{r:.2f}" for r in row["ratio_spread"].get(mode, ())) or "–" for mode in MODES[2:]]
            rows.append([f"{row['width']} × {row['height']}", row["precision"], *times, *ratios, *spreads])
        head = ["pixels", "precision", *(f"{mode}, ms" for mode in MODES), "eager / impasto", "best / impasto",
                "rounds, eager", "rounds, best"]
        lines += [f"Milliseconds per iteration on {device}; ratios above 1: impasto is faster", "", *table(head, rows)]
        rows = [[f"{e['width']} × {e['height']}", e["precision"], e["mode"],
                 cell(e["gflops"], "{:.0f}"), cell(e["share_of_peak"] and 100 * e["share_of_peak"], "{:.0f} %"),
                 cell(e["startup_ms"], "{:.0f}"), cell(e[f"seconds_of_{JOB_ITERATIONS}_extrapolated"], "{:.0f}"),
                 cell(e["peak_memory_bytes"] and e["peak_memory_bytes"] / 2**20, "{:.0f}"),
                 cell(e["device_memory_bytes"] and e["device_memory_bytes"] / 2**20, "{:.0f}"),
                 f"{min(e['rounds_ms']):.3f} to {max(e['rounds_ms']):.3f} of {len(e['rounds_ms'])}"]
                for e in results["measurements"] if e["device"] == device]
        head = ["pixels", "precision", "program", "GFLOP/s", "of measured peak", "start-up, ms",
                f"{JOB_ITERATIONS} iterations from process start, s (extrapolated)", "peak memory, MiB",
                "device memory, MiB", "rounds' medians, ms"]
        lines += table(head, rows)
    return lines


def transfer_lines(results):
    if not results["transfers"]:
        return []
    first = results["transfers"][0]
    rows = [[str(t["size"]), str(t["iterations"]), t["precision"], t["optimizer"], t["choice_cache"],
             f"{t['seconds']:.2f}", t["status"], cell(t["final_total"], "{:.6g}"),
             cell(t["final_total_of_fp32"], "{:.4f}")] for t in results["transfers"]]
    head = ["pixels", "iterations", "precision", "optimiser", "choice cache", "seconds", "", "last total", "of fp32's"]
    title = f"Transfers, weights {first['weights']}, from the start of the process to the picture"
    return [title, "", *table(head, rows)]


def step_lines(results):
    if not results["steps"]:
        return []
    rows = [[s["step"], s["status"], s["seconds"]] for s in results["steps"]]
    return ["Steps", "", *table(["step", "", "seconds"], rows)]


def markdown(results):
    lines = ["# Measured", "", *heading(results)]
    if results["failed_steps"]:
        lines += ["**Failed:** " + ", ".join(results["failed_steps"]), ""]
    lines += benchmark_lines(results) + transfer_lines(results) + step_lines(results)
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="OUT_FOLDER", type=pathlib.Path)
    folder = parser.parse_args().folder
    if not folder.is_dir():
        parser.error(f"there is no folder {folder}")
    results = summary(folder)
    (folder / "results.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    (folder / "results.md").write_text(markdown(results), encoding="utf-8")
    print(f"{len(results['measurements'])} measurements, {len(results['transfers'])} transfers, "
          f"{len(results['failed_steps'])} failed steps: {folder / 'results.json'}, {folder / 'results.md'}")


if __name__ == "__main__":
    main()
