"""benchmarks/summarise.py on a folder as tools/gpu_check.sh leaves one, with figures that are easy to compute by hand."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "benchmarks" / "summarise.py"


def report(program, milliseconds, **others):
    return {
        "program": program, "commit": "abc", "date": "2026-01-02T03:04:05Z", "device": "GPU", "backend": "cuda",
        "precision": "tf32", "width": 512, "height": 512,
        "ms_per_iteration": {"median": milliseconds, "p10": milliseconds - 1, "p90": milliseconds + 1},
        "gflop_per_iteration": 400.0, "peak_gflops": 100000.0, "startup_ms": 7.0, "device_memory_bytes": 1048576,
        "versions": {"cuDNN": "9"},
    } | others


class Summarise(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)

    def keep(self, name, content):
        text = content if isinstance(content, str) else json.dumps(content)
        (self.folder / name).write_text(text, encoding="utf-8")

    def run_script(self, status=0):
        done = subprocess.run([sys.executable, str(SCRIPT), str(self.folder)], capture_output=True, text=True)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def results(self):
        self.run_script()
        return json.loads((self.folder / "results.json").read_text(encoding="utf-8"))

    def keep_every_mode(self):
        self.keep("a_round1.json", report("impasto 0.1.0", 8.0, graph=True))
        self.keep("a_round2.json", report("impasto 0.1.0", 12.0, graph=True))
        self.keep("b.json", report("impasto 0.1.0", 15.0, graph=False))
        self.keep("c.json", report("pytorch", 30.0, backend="pytorch eager (as written)"))
        self.keep("d.json", report("pytorch", 20.0, backend="pytorch best (channels_last, CUDA graph)"))

    def test_rounds_become_one_figure_and_ratios_are_to_impasto_with_its_graph(self):
        self.keep_every_mode()
        results = self.results()
        own = results["measurements"][0]
        self.assertEqual(own["mode"], "impasto")
        self.assertEqual(own["ms_per_iteration"], 10.0)
        self.assertEqual(own["rounds_ms"], [8.0, 12.0])
        self.assertEqual((own["p10_ms"], own["p90_ms"]), (7.0, 13.0))
        self.assertAlmostEqual(own["gflops"], 40000.0)
        self.assertAlmostEqual(own["share_of_peak"], 0.4)
        (row,) = results["comparisons"]
        self.assertEqual(row["ratios"], {"impasto --no-graph": 1.5, "pytorch eager": 3.0, "pytorch best": 2.0})
        text = (self.folder / "results.md").read_text(encoding="utf-8")
        self.assertIn("| 512 × 512 | tf32 | 10.000 | 15.000 | 30.000 | 20.000 | 3.00 | 2.00 | 3.75 to 3.75 | 2.50 to 2.50 |", text)
        self.assertAlmostEqual(own["seconds_of_500_extrapolated"], 5.007)

    def test_ratios_spread_over_rounds_by_turns_and_memory_is_compared(self):
        for n, (own, other) in enumerate([(8.0, 24.0), (12.0, 30.0)]):
            self.keep(f"a_round{n}.json", report("impasto 0.1.0", own, device_memory_bytes=None, peak_memory_bytes=100))
            self.keep(f"b_round{n}.json", report("pytorch", other, backend="pytorch eager (as written)",
                                                 device_memory_bytes=None, peak_memory_bytes=400))
        (row,) = self.results()["comparisons"]
        self.assertEqual(row["ratio_spread"], {"pytorch eager": [2.5, 3.0]})
        self.assertEqual(row["memory_ratios"], {"pytorch eager": 0.25})

    def test_another_size_precision_or_device_is_never_compared(self):
        self.keep("a.json", report("impasto 0.1.0", 10.0, graph=True))
        self.keep("b.json", report("pytorch", 20.0, backend="pytorch eager (x)", width=256, height=256))
        self.keep("c.json", report("pytorch", 20.0, backend="pytorch eager (x)", precision="fp32"))
        self.keep("d.json", report("pytorch", 20.0, backend="pytorch eager (x)", device="another"))
        rows = self.results()["comparisons"]
        self.assertEqual(len(rows), 4)
        self.assertEqual([row["ratios"] for row in rows], [{}] * 4)

    def test_transfers_carry_their_last_loss_beside_that_of_fp32(self):
        self.keep("transfers.csv", "name,precision,optimizer,choice_cache,size,iterations,seconds,status,weights\n"
                                   "one,fp32,adam,warm,512,500,4.5,passed,w.h5\n"
                                   "two,bf16,adam,warm,512,500,2.5,passed,w.h5\n"
                                   "three,bf16,adam,cold,512,500,9,failed,w.h5\n")
        self.keep("one.csv", "iteration,scale,total\n1,0,80\n2,0,4\n")
        self.keep("two.csv", "iteration,scale,total\n1,0,81\n2,0,5\n")
        one, two, three = self.results()["transfers"]
        self.assertEqual((one["final_total"], two["final_total"]), (4.0, 5.0))
        self.assertEqual((two["seconds"], two["final_total_of_fp32"]), (2.5, 1.25))
        self.assertIsNone(three["final_total"])
        self.assertIsNone(three["final_total_of_fp32"])

    def test_losses_are_held_against_fp32_only_after_as_many_iterations_at_the_same_size(self):
        self.keep("transfers.csv", "name,precision,optimizer,choice_cache,size,iterations,seconds,status,weights\n"
                                   "small,fp32,adam,cold,512,500,4.5,passed,w.h5\n"
                                   "large,bf16,adam,cold,2048,500,9,passed,w.h5\n"
                                   "short,bf16,adam,cold,512,20,9,passed,w.h5\n")
        for name in ("small", "large", "short"):
            self.keep(f"{name}.csv", "iteration,scale,total\n1,0,4\n")
        _, large, short = self.results()["transfers"]
        self.assertEqual(large["final_total"], 4.0)
        self.assertIsNone(large["final_total_of_fp32"])
        self.assertIsNone(short["final_total_of_fp32"])
        lines = (self.folder / "results.md").read_text(encoding="utf-8").splitlines()
        (row,) = [line for line in lines if "2048" in line]
        self.assertIn("bf16", row)
        (row,) = [line for line in lines if "| 20 |" in line]
        self.assertIn("bf16", row)

    def test_machine_versions_and_failed_steps_are_kept(self):
        self.keep_every_mode()
        self.keep("gpu.csv", "name, driver_version\nGPU, 580.1\n")
        self.keep("commit", "def\n")
        self.keep("steps.csv", "step,status,seconds,limit,log\ntests,failed (1),3,900,logs/tests.log\n"
                               "memcheck,skipped: compute-sanitizer is not here,0,0,logs/memcheck.log\n")
        results = self.results()
        self.assertEqual(results["gpu"], {"name": "GPU", "driver_version": "580.1"})
        self.assertEqual(results["commit"], "def")
        self.assertEqual(results["date"], "2026-01-02T03:04:05Z")
        self.assertEqual(results["versions"]["impasto"], {"cuDNN": "9"})
        self.assertEqual(results["failed_steps"], ["tests"])
        self.assertIn("**Failed:** tests", (self.folder / "results.md").read_text(encoding="utf-8"))

    def test_files_that_are_no_reports_are_named_and_left_out(self):
        self.keep("broken.json", "{")
        self.keep("other.json", {"a": 1})
        done = self.run_script()
        self.assertIn("broken.json", done.stderr)
        self.assertIn("other.json", done.stderr)
        self.assertEqual(self.results()["measurements"], [])

    def test_running_twice_gives_the_same(self):
        self.keep_every_mode()
        self.assertEqual(self.results(), self.results())

    def test_a_folder_that_is_not_there_is_a_usage_error(self):
        self.folder = self.folder / "absent"
        self.assertIn("there is no folder", self.run_script(status=2).stderr)


if __name__ == "__main__":
    unittest.main()
