"""The manifest proves what the folders promise: who reads whom, and that everything is described.

Layers, in the order in which data passes them: staging, core, then focus and marts side by side,
then conformance; quality looks on. A model's layer is its folder below models/.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from conftest import parsed_project

from ai_spend.shapes import read_shapes

PROJECT = Path(__file__).resolve().parents[2]
SHAPES = tuple(shape for shape in read_shapes() if shape != "records")
FOCUS_NAME = re.compile(r"^(x_)?[A-Z]")

# What a layer may read, by the folder of the model or the kind of the node it refers to. Quality
# counts what arrives, and so is the one besides core that may look at the vendors' records. Core
# reads no raw file; what the project itself has closed is none. Quality leads a FOCUS rule that a
# provider violates back to the line that says so.
MAY_READ = {
    "staging": {"staging", "source"},
    "core": {"core", "staging", "seed", "closed months"},
    "focus": {"core", "focus", "seed"},
    "conformance": {"focus", "conformance", "seed"},
    "marts": {"core", "marts", "seed"},
    "quality": {"core", "staging", "quality", "seed", "source", "conformance"},
}


@pytest.fixture(scope="module")
def manifest() -> dict:
    """What dbt knows of the project."""
    target = parsed_project() / "target"
    return json.loads((target / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def models(manifest) -> list[dict]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


def folders_of(node: dict) -> list[str]:
    """Folders of a model below models/: its layer and, in staging, its vendor."""
    return node["original_file_path"].split("/")[1:-1]


def read_by(node: dict, manifest: dict) -> list[dict]:
    """The models, seeds and sources that a node refers to."""
    return [
        manifest["nodes"].get(key) or manifest["sources"][key]
        for key in node["depends_on"]["nodes"]
    ]


def test_every_layer_reads_only_the_layers_before_it(manifest, models):
    faults = []
    for model in models:
        layer = folders_of(model)[0]
        for read in read_by(model, manifest):
            kind = read["resource_type"]
            if kind == "source" and read["source_name"] == "closed":
                kind = "closed months"
            origin = folders_of(read)[0] if kind == "model" else kind
            if origin not in MAY_READ[layer]:
                faults.append(f"{layer}: {model['name']} reads {read['name']} ({origin})")
    assert not faults, "\n".join(faults)


def test_core_reads_of_a_vendor_only_its_shapes(manifest, models):
    faults = [
        f"{model['name']} reads {read['name']}"
        for model in models
        if folders_of(model)[0] == "core"
        for read in read_by(model, manifest)
        if read["resource_type"] == "model" and folders_of(read)[0] == "staging"
        if read["name"].rpartition("__")[2] not in SHAPES
    ]
    assert not faults, "\n".join(faults)


def test_every_vendor_shape_is_read_by_core(manifest, models):
    read = {
        key
        for model in models
        if folders_of(model)[0] == "core"
        for key in model["depends_on"]["nodes"]
    }
    orphans = [
        model["name"]
        for model in models
        if model["name"].startswith("stg_") and model["unique_id"] not in read
    ]
    assert not orphans, "a vendor's records that no total would contain: " + ", ".join(orphans)


def test_a_vendor_folder_reads_only_itself(manifest, models):
    faults = []
    for model in models:
        layer, *vendor = folders_of(model)
        if layer != "staging":
            continue
        assert vendor, f"{model['name']} lies in no vendor folder"
        for read in read_by(model, manifest):
            owner = (
                folders_of(read)[1:] if read["resource_type"] == "model" else [read["source_name"]]
            )
            if owner != vendor:
                faults.append(f"{model['name']} reads {read['name']} of {owner}")
    assert not faults, "\n".join(faults)


def test_no_focus_column_name_before_the_focus_layer(models):
    faults = [
        f"{model['name']}.{column}"
        for model in models
        if folders_of(model)[0] == "staging"
        for column in model["columns"]
        if FOCUS_NAME.match(column)
    ]
    in_sql = [
        f"{model['name']}: as {match}"
        for model in models
        if folders_of(model)[0] in ("staging", "core", "marts", "quality")
        for match in re.findall(r'\bas\s+"((?:x_)?[A-Z]\w*)"', model["raw_code"])
    ]
    assert not faults + in_sql, "\n".join(faults + in_sql)


def test_every_model_seed_source_and_column_is_described(manifest, models):
    seeds = [node for node in manifest["nodes"].values() if node["resource_type"] == "seed"]
    faults = []
    for node in [*models, *seeds, *manifest["sources"].values()]:
        if not node["description"].strip():
            faults.append(node["name"])
        if node["resource_type"] != "source" and not node["columns"]:
            faults.append(f"{node['name']} lists no columns")
        faults += [
            f"{node['name']}.{name}"
            for name, column in node["columns"].items()
            if not column["description"].strip()
        ]
    assert not faults, "without a description:\n" + "\n".join(faults)


def test_every_macro_and_argument_is_described(manifest):
    faults = []
    for macro in manifest["macros"].values():
        if macro["package_name"] != "ai_spend" or macro["name"].startswith("test_"):
            continue
        described = {argument["name"]: argument["description"] for argument in macro["arguments"]}
        # A materialization is called by dbt and takes nothing.
        signature = re.search(r"macro\s+\w+\s*\((.*?)\)\s*-?%}", macro["macro_sql"], re.DOTALL)
        arguments = re.findall(
            r"(\w+)\s*(?:=[^,]*)?(?:,|$)", signature.group(1) if signature else ""
        )
        if not macro["description"].strip():
            faults.append(macro["name"])
        if list(described) != arguments:
            faults.append(f"{macro['name']} takes {arguments}, its description {list(described)}")
        faults += [f"{macro['name']}({name})" for name, text in described.items() if not text]
    assert not faults, "without a description:\n" + "\n".join(faults)


def contract_of(node: dict) -> dict[str, str]:
    return {
        name: (column["data_type"] or "").lower().replace(", ", ",")
        for name, column in node["columns"].items()
    }


def test_vendor_contracts_and_core_contracts_equal_the_shapes(models):
    shapes = {
        shape: {name: sql_type.replace(", ", ",") for name, sql_type in columns.items()}
        for shape, columns in read_shapes().items()
    }
    faults = []
    for model in models:
        layer = folders_of(model)[0]
        shape = model["name"].rpartition("__")[2] if layer == "staging" else model["name"]
        if (
            model["name"].startswith("base_")
            or layer not in ("staging", "core")
            or shape not in SHAPES
        ):
            continue
        if not model["contract"]["enforced"]:
            faults.append(f"{model['name']}: its contract is not enforced")
        if contract_of(model) != shapes[shape]:
            different = set(contract_of(model).items()) ^ set(shapes[shape].items())
            faults.append(f"{model['name']}: {sorted(different)}")
    assert not faults, "\n".join(faults)


def test_the_models_that_others_build_on_have_enforced_contracts(models):
    without = [
        model["name"]
        for model in models
        if folders_of(model)[0] in ("core", "focus", "quality", "conformance")
        if not model["contract"]["enforced"]
    ]
    assert not without, ", ".join(without)
