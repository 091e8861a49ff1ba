"""benchmarks/under_load.py with a program that says how many busy loops it saw beside it."""

import json
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "benchmarks" / "under_load.py"
# 100 ms alone, 50 more for each busy loop of its parent's, 30 more for the second of a pair.
PROGRAM = """
    #!{python}
    import json, os, pathlib, sys
    def is_loop(folder):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            return parent == os.getppid() and b"while True" in (folder / "cmdline").read_bytes()
        except OSError:
            return False
    loops = sum(is_loop(folder) for folder in pathlib.Path("/proc").iterdir() if folder.name.isdigit())
    out = sys.argv[sys.argv.index("--json") + 1]
    median = {base} + 50 * loops + (30 if out.endswith("_1.json") else 0)
    report = {{"ms_per_iteration": {{"median": median}}, "date": "today", "device": "CPU", "commit": "abc"}}
    pathlib.Path(out).write_text(json.dumps(report))
"""


class UnderLoad(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)

    def program(self, name, base):
        path = self.folder / name
        path.write_text(textwrap.dedent(PROGRAM).lstrip().format(python=sys.executable, base=base), encoding="utf-8")
        path.chmod(0o755)
        return str(path)

    def run_script(self, *arguments, status=0):
        done = subprocess.run([sys.executable, str(SCRIPT), *arguments, str(self.folder / "out")], capture_output=True,
                              text=True)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def test_compares_each_state_with_the_quiet_one(self):
        self.run_script("--program", self.program("new", 100), "--baseline", self.program("old", 200), "--rounds", "2",
                        "--busy", "2")
        results = json.loads((self.folder / "out" / "load.json").read_text(encoding="utf-8"))
        new, old = results["programs"]
        self.assertEqual([new["states"][s]["ms"] for s in ("quiet", "busy", "pair")], [100, 200, 130])
        self.assertEqual([old["states"][s]["ratio"] for s in ("quiet", "busy", "pair")], [1, 1.5, 1.15])
        self.assertEqual(len(new["rounds"]), 2)
        for state in ("quiet", "busy", "pair"):  # each of its processes is one thread, asleep or not
            self.assertGreater(new["states"][state]["processors"], 0)
            self.assertLessEqual(new["states"][state]["processors"], 2.2 if state == "pair" else 1.1)
        self.assertIn("2.00 (2.00 to 2.00)", (self.folder / "out" / "load.md").read_text(encoding="utf-8"))

    def test_measures_the_quiet_state_always(self):
        self.run_script("--program", self.program("new", 100), "--rounds", "1", "--states", "busy")
        results = json.loads((self.folder / "out" / "load.json").read_text(encoding="utf-8"))
        self.assertEqual(results["measured"], ["quiet", "busy"])

    def test_says_which_run_failed(self):
        done = self.run_script("--program", "/bin/false", status=1)
        self.assertIn("/bin/false bench", done.stderr)

    def test_refuses_what_it_does_not_know(self):
        program = self.program("new", 100)
        for wrong in (["--states", "loud"], ["--rounds", "0"], ["--baseline", "/nowhere"]):
            self.run_script("--program", program, *wrong, status=2)


if __name__ == "__main__":
    unittest.main()
