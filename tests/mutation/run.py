"""Plant the money faults of faults.yml, one line each, and say which tests notice.

    .venv/bin/python tests/mutation/run.py                    # all; 10 minutes
    .venv/bin/python tests/mutation/run.py --only contracted  # ids or files that contain a text
    .venv/bin/python tests/mutation/run.py --unit-only        # the dbt unit tests alone

A fault goes through three stages until something kills it: the dbt unit tests of the models that
it changes; a build of these models and what depends on them, with their data tests, on a copy of
the built sample; and the pytest files that its entry names. A unit test sees its own model alone,
so that a round plants faults in many models at once. What was killed is remembered in
target/mutation/results.json and asked again when the fault, the file or its unit tests change.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from queue import Queue

import duckdb
import yaml

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))
from ai_spend import functions  # noqa: E402

FAULTS = Path(__file__).with_name("faults.yml")
WORK = PROJECT / "target" / "mutation"
SAMPLE = PROJECT / "landing" / "sample"
PARTS = ("models", "macros", "seeds", "tests", "analyses", "ai_spend", "landing")
FILES = ("dbt_project.yml", "profiles.yml", ".dbtignore", "pyproject.toml")
WITH_UNIT_TESTS = ("--vars", "{unit_tests: true}")
# So many models are asked first about a fault of a macro.
FEW = 4
# What is no wrong sum, but SQL that the database refuses: it shows nothing about the tests.
REFUSED = re.compile(r"(Binder|Parser|Catalog) Error|Compilation Error")


@dataclass
class Fault:
    """One wrong line: what is found exactly once in a file, and what stands there instead."""

    id: str
    kind: str
    file: str
    find: str
    replace: str
    # Arguments of pytest, for what no unit test can see.
    tests: tuple[str, ...] = ()

    @cached_property
    def pattern(self) -> re.Pattern:
        """What is found, however it is broken into lines."""
        return re.compile(r"\s+".join(re.escape(word) for word in self.find.split()))

    def planted(self, text: str) -> str:
        changed, count = self.pattern.subn(lambda _: self.replace, text)
        if count != 1:
            raise ValueError(f"{self.id}: its line is {count} times in {self.file}")
        return changed


def read_faults() -> list[Fault]:
    entries = yaml.safe_load(FAULTS.read_text(encoding="utf-8"))
    return [Fault(**{**entry, "tests": tuple(entry.get("tests", ()))}) for entry in entries]


@dataclass
class Graph:
    """What dbt knows of the project: who uses which macro, and which unit tests there are."""

    manifest: dict = field(repr=False)

    @cached_property
    def models(self) -> dict[str, dict]:
        nodes = self.manifest["nodes"].values()
        return {node["name"]: node for node in nodes if node["resource_type"] == "model"}

    @cached_property
    def unit_tests(self) -> dict[str, list[dict]]:
        tests = defaultdict(list)
        for test in self.manifest["unit_tests"].values():
            tests[test["model"]].append(test)
        return tests

    @cached_property
    def _macros_by_file(self) -> dict[str, set[str]]:
        macros = defaultdict(set)
        for name, macro in self.manifest["macros"].items():
            macros[macro["original_file_path"]].add(name)
        return macros

    def changed_models(self, file: str) -> set[str]:
        """The model of the file, or all models that use a macro of it."""
        for name, model in self.models.items():
            if model["original_file_path"] == file:
                return {name}
        wanted = set(self._macros_by_file[file])
        while True:
            users = {
                name
                for name, macro in self.manifest["macros"].items()
                if wanted & set(macro["depends_on"]["macros"])
            }
            if users <= wanted:
                break
            wanted |= users
        return {
            name
            for name, model in self.models.items()
            if wanted & set(model["depends_on"]["macros"])
        }


def digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def fingerprint(fault: Fault, graph: Graph) -> str:
    """What the verdict on a fault rests on, as far as it is cheap to say."""
    tests = {
        test["original_file_path"]
        for model in graph.changed_models(fault.file)
        for test in graph.unit_tests[model]
    }
    texts = [(PROJECT / path).read_text(encoding="utf-8") for path in (fault.file, *sorted(tests))]
    return digest(repr(fault), *texts)


def copy_project(folder: Path) -> None:
    for part in PARTS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT / part, folder / part, ignore=ignored, dirs_exist_ok=True)
    for name in FILES:
        shutil.copy2(PROJECT / name, folder / name)


def dbt(folder: Path, *arguments: str) -> tuple[int, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AI_SPEND_", "DBT_"))}
    run = subprocess.run(
        [
            *("nice", "-n", "5", sys.executable, "-m", "dbt.cli.main", "--log-level-file", "none"),
            *arguments,
            *WITH_UNIT_TESTS,
        ],
        cwd=folder,
        env={
            **kept,
            "AI_SPEND_LANDING": str(SAMPLE),
            "PYTHONPATH": str(folder),
            "DO_NOT_TRACK": "1",
            "NO_COLOR": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return run.returncode, run.stdout + run.stderr


def prepared(rebuild: bool) -> Path:
    """A parsed copy of the project with a database of the sample, made once."""
    base = WORK / "base"
    if rebuild:
        shutil.rmtree(base, ignore_errors=True)
    is_new = not (base / "built").exists()
    for part in ("models", "macros", "tests"):
        shutil.rmtree(base / part, ignore_errors=True)
    copy_project(base)
    if is_new:
        print("Building the sample once ...", flush=True)
        command = ("build", "--log-level", "warn")
        without = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
        code, output = dbt(base, *command, *without)
        if code:
            sys.exit(output)
        (base / "built").touch()
    code, output = dbt(base, "parse", "--log-level", "warn")
    if code:
        sys.exit(output)
    return base


class Workers:
    """Copies of the prepared project, one for each job."""

    def __init__(self, base: Path, jobs: int):
        self.base, self.free = base, Queue()
        for number in range(jobs):
            folder = WORK / f"worker{number}"
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(base, folder)
            self.free.put(folder)

    def plant(self, faults: Iterable[Fault], act):
        """Run `act` in a copy that has these faults, and take them out again."""
        folder = self.free.get()
        faults = list(faults)
        try:
            for fault in faults:
                path = folder / fault.file
                path.write_text(fault.planted(path.read_text("utf-8")), encoding="utf-8")
            return act(folder)
        finally:
            for fault in faults:
                shutil.copy2(self.base / fault.file, folder / fault.file)
            self.free.put(folder)


def is_model(fault: Fault) -> bool:
    return fault.file.startswith("models/")


def words_of_tests(models: Iterable[str], graph: Graph) -> dict[str, str]:
    """By model, all that its unit tests rest on, as one word."""
    macros = digest(*(p.read_text("utf-8") for p in sorted((PROJECT / "macros").rglob("*.sql"))))
    words = {}
    for model in models:
        files = {graph.models[model]["original_file_path"]}
        files |= {test["original_file_path"] for test in graph.unit_tests[model]}
        texts = [(PROJECT / file).read_text(encoding="utf-8") for file in sorted(files)]
        words[model] = digest(macros, *texts)
    return words


def write_unit_tests(base: Path, faults: list[Fault], graph: Graph) -> None:
    """Run the unit tests of all models with a fault, which must pass. dbt leaves their SQL."""
    path = WORK / "written.json"
    written = json.loads(path.read_text("utf-8")) if path.exists() else {}
    models = {m for f in faults if is_model(f) for m in graph.changed_models(f.file)}
    words = words_of_tests(sorted(m for m in models if graph.unit_tests[m]), graph)
    stale = [model for model, word in words.items() if written.get(model) != word]
    if not stale:
        return
    print(f"Running the unit tests of {len(stale)} models without a fault ...", flush=True)
    chosen = [f"{name},test_type:unit" for name in stale]
    code, output = dbt(base, "test", "--log-level", "error", "--select", *chosen)
    if code:
        sys.exit(output)
    path.write_text(json.dumps({**written, **words}, indent=1), encoding="utf-8")


class Direct:
    """Unit tests as the SQL that dbt made of them, for lines that dbt leaves as they are."""

    def __init__(self, base: Path, graph: Graph):
        self.graph = graph
        self.root = base / "target" / "run" / "ai_spend"
        self.connection = duckdb.connect()
        self.connection.execute("set TimeZone = 'UTC'")
        functions.register(self.connection)

    def text(self, test: dict) -> str:
        path = Path(test["original_file_path"])
        return (self.root / path / path.parent / f"{test['name']}.sql").read_text("utf-8")

    def passes(self, sql: str) -> bool:
        sides = {"actual": Counter(), "expected": Counter()}
        for *values, side in self.connection.execute(sql).fetchall():
            sides[side][repr(values)] += 1
        return sides["actual"] == sides["expected"]

    def planted(self, fault: Fault, sql: str) -> str:
        """The SQL with the fault in it, wherever dbt has written the line out."""
        if fault.kind == "meter dropped":
            meter, column = re.search(r"'(\w+)': '(\w+)',$", fault.find).groups()
            entry = rf"{{'meter': '{meter}', 'quantity': cast\(coalesce\({column}, 0\) as [^}}]*}}"
            changed, count = re.subn(rf"{entry},|,\s*{entry}", "", sql)
        else:
            find, replace = written_out(fault)
            changed, count = re.subn(find, replace, sql)
        if not count or changed == sql:
            raise ValueError(f"{fault.id}: its line is not in the SQL")
        return changed

    def verdict(self, fault: Fault) -> str | None:
        """As unit_verdicts; `dbt` where it takes dbt to say."""
        models = sorted(self.graph.changed_models(fault.file))
        is_planted = False
        for test in (test for model in models for test in self.graph.unit_tests[model]):
            try:
                planted = self.planted(fault, self.text(test))
            except (ValueError, FileNotFoundError):
                continue
            try:
                is_planted = True
                if not self.passes(planted):
                    return f"unit test: {test['name']}"
            except (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException):
                return "dbt"
            except duckdb.Error:
                return f"unit test: {test['name']}"
        return None if is_planted and is_model(fault) else "dbt"


def written_out(fault: Fault) -> tuple[re.Pattern, str]:
    """A line as it looks when dbt has filled in its Jinja: anything for each expression, the same
    for the same one. ValueError where that says too little."""
    if "{%" in fault.find + fault.replace:
        raise ValueError(f"{fault.id}: a statement of Jinja")
    groups: dict[str, str] = {}
    find = ""
    pieces = re.split(r"(\{\{.*?\}\})", fault.find)
    if not pieces[0].strip() or not pieces[-1].strip():
        raise ValueError(f"{fault.id}: begins or ends with an expression")
    for piece in pieces:
        if not piece.startswith("{{"):
            words = r"\s+".join(re.escape(word) for word in piece.split())
            before = r"\s*" if piece[:1].isspace() else ""
            after = r"\s*" if piece[-1:].isspace() else ""
            find += before + words + after
        elif piece in groups:
            find += f"(?P={groups[piece]})"
        else:
            groups[piece] = f"e{len(groups)}"
            find += f"(?P<{groups[piece]}>[^;]{{1,300}}?)"
    replace = fault.replace.replace("\\", r"\\")
    for piece, name in groups.items():
        replace = replace.replace(piece, rf"\g<{name}>")
    if "{{" in replace:
        raise ValueError(f"{fault.id}: an expression that its line does not have")
    return re.compile(find), replace


def rounds(faults: list[Fault], models: dict[str, set[str]]) -> list[list[Fault]]:
    """As few rounds as it takes for each model to have at most one fault in each."""
    filled: list[tuple[set[str], list[Fault]]] = []
    for fault in sorted(faults, key=lambda f: -len(models[f.id])):
        for taken, together in filled:
            if not taken & models[fault.id]:
                taken |= models[fault.id]
                together.append(fault)
                break
        else:
            filled.append((set(models[fault.id]), [fault]))
    return [together for _, together in filled]


def results_of(folder: Path) -> list[dict]:
    path = folder / "target" / "run_results.json"
    return json.loads(path.read_text(encoding="utf-8"))["results"]


def unit_verdicts(folder: Path, faults: list[Fault], models: dict[str, set[str]]) -> dict[str, str]:
    """The unit test that each fault breaks, `refused: ...`, or nothing."""
    tested = sorted(model for fault in faults for model in models[fault.id])
    if not tested:
        return {}
    (folder / "target" / "run_results.json").unlink(missing_ok=True)
    chosen = [f"{name},test_type:unit" for name in tested]
    _, output = dbt(folder, "test", "--log-level", "error", "--select", *chosen)
    if not (folder / "target" / "run_results.json").exists():
        if len(faults) == 1:
            return {faults[0].id: f"refused: {output[-300:]}"}
        sys.exit(f"dbt failed on {[fault.id for fault in faults]}: {output[-3000:]}")
    failed = defaultdict(list)
    for result in results_of(folder):
        if result["status"] not in ("pass", "success"):
            *_, model, name = result["unique_id"].split(".")
            failed[model].append((name, result["message"] or ""))
    verdicts = {}
    for fault in faults:
        broken = [item for model in sorted(models[fault.id]) for item in failed[model]]
        real = [name for name, message in broken if not REFUSED.search(message)]
        if real:
            verdicts[fault.id] = f"unit test: {real[0]}"
        elif broken:
            verdicts[fault.id] = f"refused: {broken[0][1][:300]}"
    return verdicts


def data_verdict(folder: Path, fault: Fault, graph: Graph) -> str | None:
    """The data test that fails when the sample is built with the fault."""
    database = folder / "target" / "ai_spend.duckdb"
    shutil.copy2(WORK / "base" / "target" / "ai_spend.duckdb", database)
    models = sorted(graph.changed_models(fault.file))
    without = ("path:models/conformance", "path:tests/conformance", "path:models/marts")
    code, output = dbt(
        folder,
        *("build", "--log-level", "error", "--exclude-resource-type", "unit_test"),
        *("--select", *(f"{model}+" for model in models), "--exclude", *without),
    )
    shutil.copy2(WORK / "base" / "target" / "ai_spend.duckdb", database)
    if not code:
        return None
    failed = [
        result["unique_id"].split(".")[2]
        for result in results_of(folder)
        if result["status"] in ("fail", "error")
    ]
    return f"data test: {failed[0]}" if failed else f"refused: {output[-300:]}"


def pytest_verdict(folder: Path, fault: Fault) -> str | None:
    """The first of the pytest tests named for the fault that fails."""
    for arguments in fault.tests:
        run = subprocess.run(
            [*("nice", "-n", "5", sys.executable, "-m", "pytest", "-q", "-x"), *arguments.split()],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder), "DO_NOT_TRACK": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode:
            found = re.search(r"^(?:FAILED|ERROR) (\S+)", run.stdout, re.MULTILINE)
            return f"pytest: {found[1] if found else arguments}"
    return None


class Memory:
    """Verdicts of earlier runs."""

    def __init__(self):
        self.path = WORK / "results.json"
        self.known = json.loads(self.path.read_text("utf-8")) if self.path.exists() else {}

    def put(self, key: str, verdict: str) -> None:
        self.known[key] = verdict
        self.path.write_text(json.dumps(self.known, indent=1, sort_keys=True), encoding="utf-8")


def judge(
    faults: list[Fault],
    workers: Workers,
    direct: Direct,
    graph: Graph,
    memory: Memory,
    unit_only: bool,
) -> dict[str, str]:
    """A verdict for each fault that is killed or refused; survivors have none."""
    keys = {fault.id: fingerprint(fault, graph) for fault in faults}
    verdicts = {
        fault.id: memory.known[keys[fault.id]] for fault in faults if keys[fault.id] in memory.known
    }

    def note(fault_id: str, verdict: str | None) -> None:
        print(f"  {fault_id}: {verdict or '-'}", flush=True)
        if verdict:
            verdicts[fault_id] = verdict
        if verdict and not verdict.startswith("refused"):
            memory.put(keys[fault_id], verdict)

    by_dbt = []
    for fault in faults:
        if fault.id not in verdicts:
            verdict = direct.verdict(fault)
            if verdict == "dbt":
                by_dbt.append(fault)
            else:
                note(fault.id, verdict)
    tested = {
        fault.id: {m for m in graph.changed_models(fault.file) if graph.unit_tests[m]}
        for fault in by_dbt
    }
    # First a few models for each fault of a macro, then, where these see nothing, all others.
    few = {name: set(sorted(models, key=digest)[:FEW]) for name, models in tested.items()}
    others = {name: models - few[name] for name, models in tested.items()}
    with ThreadPoolExecutor(workers.free.qsize()) as pool:
        for asked in (few, others):
            left = [f for f in by_dbt if f.id not in verdicts and asked[f.id]]
            # A changed macro makes dbt read again all models that use it: those come last.
            plan = rounds([f for f in left if is_model(f)], asked)
            plan += rounds([f for f in left if not is_model(f)], asked)
            print(f"{len(left)} faults by dbt, in {len(plan)} rounds", flush=True)

            def unit(together, asked=asked):
                return together, workers.plant(
                    together, lambda folder: unit_verdicts(folder, together, asked)
                )

            for done in as_completed([pool.submit(unit, together) for together in plan]):
                together, found = done.result()
                for fault in together:
                    note(fault.id, found.get(fault.id))
        if unit_only:
            return verdicts

        left = [fault for fault in faults if fault.id not in verdicts]
        print(f"{len(left)} left, data tests and pytest", flush=True)

        def rest(fault):
            return fault, workers.plant(
                [fault],
                lambda folder: data_verdict(folder, fault, graph) or pytest_verdict(folder, fault),
            )

        for fault, verdict in pool.map(rest, left):
            note(fault.id, verdict)
    return verdicts


def report(faults: list[Fault], verdicts: dict[str, str]) -> int:
    """The figures and the survivors as tables; 1 when there are survivors."""
    counts = Counter(verdicts.get(fault.id, "survived").split(":")[0] for fault in faults)
    print(f"\n{len(faults)} faults: " + ", ".join(f"{n} {what}" for what, n in counts.items()))
    rest = [fault for fault in faults if verdicts.get(fault.id, "refused").startswith("refused")]
    if rest:
        print("\n| fault | kind | file | line planted | |\n|---|---|---|---|---|")
    for fault in rest:
        line = " ".join(fault.replace.split())
        state = verdicts.get(fault.id, "survived").split("\n")[0]
        print(f"| {fault.id} | {fault.kind} | {fault.file} | `{line}` | {state} |")
    return 1 if rest else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", help="faults whose id, kind or file has such a text")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--unit-only", action="store_true", help="the dbt unit tests alone")
    parser.add_argument("--rebuild", action="store_true", help="build the sample again")
    chosen = parser.parse_args()
    faults = [
        fault
        for fault in read_faults()
        if not chosen.only
        or any(text in f"{fault.id} {fault.kind} {fault.file}" for text in chosen.only)
    ]
    for fault in faults:
        fault.planted((PROJECT / fault.file).read_text(encoding="utf-8"))
    WORK.mkdir(parents=True, exist_ok=True)
    base = prepared(chosen.rebuild)
    graph = Graph(json.loads((base / "target" / "manifest.json").read_text(encoding="utf-8")))
    write_unit_tests(base, faults, graph)
    workers = Workers(base, min(chosen.jobs, max(len(faults), 1)))
    direct = Direct(base, graph)
    return report(faults, judge(faults, workers, direct, graph, Memory(), chosen.unit_only))


if __name__ == "__main__":
    sys.exit(main())
