"""benchmarks/predict.py on a profile of two operations, with figures that are easy to compute by hand."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "benchmarks" / "predict.py"


def operation(name, gflop, megabytes, calls=1):
    """As the program writes it: rates, for a time of 10 ms."""
    return {"operation": name, "calls": calls, "ms": 10.0, "gflops": gflop * 100, "gb_per_s": megabytes / 10, "share": 0.5}


class Predict(unittest.TestCase):
    def run_on(self, content):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "profile.json"
            path.write_text(json.dumps(content), encoding="utf-8")
            return subprocess.run([sys.executable, SCRIPT, path], capture_output=True, text=True, check=False)

    def cells(self, precision, name, content):
        """The columns of a row: GFLOP, MB, ms on an H100, ms on an H200."""
        done = self.run_on(content)
        self.assertEqual(done.returncode, 0, done.stderr)
        table = done.stdout[done.stdout.index(f"| {precision} |"):].split("\n\n")[0]
        row = next(line for line in table.splitlines() if line.startswith(f"| {name} |"))
        return [float(cell) for cell in row.strip("| ").split(" | ")[1:]]

    def test_the_slower_of_products_and_memory_counts(self):
        products = {"profile": [operation("convolution 8 to 8 at 10 x 10", 780, 1)]}
        self.assertEqual(self.cells("bf16", "**sum**", products), [780, 0, 1, 1])  # 780 TFLOP/s
        self.assertEqual(self.cells("tf32", "**sum**", products), [780, 1, 2, 2])  # 390 TFLOP/s
        memory = {"profile": [operation("max pooling", 0, 3000)]}
        self.assertEqual(self.cells("tf32", "**sum**", memory)[:3], [0, 3000, 1])  # 3 TB/s

    def test_feature_maps_are_halved_in_bf16_and_the_optimiser_is_not(self):
        self.assertEqual(self.cells("bf16", "pooling, both ways", {"profile": [operation("d max pooling", 0, 600)]})[1], 300)
        self.assertEqual(self.cells("bf16", "content loss, pictures, Adam", {"profile": [operation("Adam", 0, 600)]})[1], 600)

    def test_a_mask_of_its_own_goes_twice_over_the_deepest_taps_map(self):
        profile = {"profile": [operation("convolution 3 to 64 at 160 x 320", 1, 10)]}
        name = "ReLU masks in kernels of their own"
        elements = 512 * 10 * 20
        self.assertEqual(self.cells("tf32", name, profile)[1], round(2 * elements * 4 / 1e6))
        self.assertEqual(self.cells("bf16", name, profile)[1], round(2 * elements * 2 / 1e6))

    def test_a_map_that_pooling_masks_is_not_read_by_its_convolution(self):
        first = operation("convolution 3 to 64 at 160 x 320", 1, 10)
        pooled = operation("d convolution 64 to 64 at 160 x 320", 1, 1000)
        tapped = operation("d convolution 64 to 128 at 80 x 160", 1, 1000)
        without = 64 * 160 * 320 * 4 / 1e6
        self.assertEqual(self.cells("tf32", "data gradients", {"profile": [first, pooled]})[1], round(1000 - without))
        self.assertEqual(self.cells("tf32", "data gradients", {"profile": [first, tapped]})[1], 1000)

    def test_a_data_gradient_behind_a_tap_reads_what_the_losses_wrote_and_they_do_not(self):
        def megabytes(name, group):
            first = operation("convolution 3 to 64 at 160 x 320", 1, 10)
            return self.cells("tf32", group, {"profile": [first, operation(name, 1, 1000)]})[1]

        map_size = 256 * 40 * 80 * 4 / 1e6  # relu3_1, to be pooled as relu3_4
        self.assertEqual(megabytes("d convolution 256 to 256 at 40 x 80", "data gradients"), 1000)  # adds one, and masks one less
        self.assertEqual(megabytes("d convolution 512 to 512 at 20 x 40", "data gradients"), round(1000 + map_size / 2))
        self.assertEqual(megabytes("d Gram matrix of 256 channels", "their gradients"), round(1000 - map_size))
        self.assertEqual(megabytes("d Gram matrix of 64 channels", "their gradients"), 1000)
        content = megabytes("content loss", "content loss, pictures, Adam")
        self.assertEqual(content, round(1000 - 512 * 20 * 40 * 4 / 1e6))

    def test_a_report_without_profile_is_refused_with_the_remedy(self):
        done = self.run_on({"profile": None})
        self.assertEqual(done.returncode, 1)
        self.assertIn("give impasto bench --profile", done.stderr)


if __name__ == "__main__":
    unittest.main()
