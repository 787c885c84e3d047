"""How a model's file is opened: by CompiledModel, or by the interpreter where that is safer."""

import platform

import pytest

from wenhuo.llm import calls
from wenhuo.llm.artifact import default_folder


@pytest.mark.parametrize(
    ("processor", "plugin", "expected"),
    [
        (("aarch64", "fp asimd crc32 cpuid"), "plugin.so", ["ai_edge_litert"]),  # Zero 2 W, 3, 4
        (("aarch64", "fp asimd crc32 atomics cpuid"), "plugin.so", []),  # Pi 5
        (("aarch64", "fp asimd crc32 cpuid"), "left_out.so", []),
        (("x86_64", "fpu vme"), "plugin.so", []),
    ],
)
def test_the_gpu_plugin_is_not_loaded_where_it_would_end_the_process(
    monkeypatch, tmp_path, processor, plugin, expected
):
    asked = []
    monkeypatch.setattr(calls, "open_interpreted", lambda package, *_: asked.append(package) or [])
    monkeypatch.setattr(calls, "_compiled", lambda *_: [])
    machine, features = processor
    (tmp_path / "cpuinfo").write_text(f"Features\t: {features}\n")
    (tmp_path / "plugin.so").touch()
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(calls, "_CPU_FACTS", tmp_path / "cpuinfo")
    monkeypatch.setattr(calls, "PLUGIN", str(tmp_path / plugin))
    assert calls.open_compiled(default_folder() / "model.tflite", 1) == []
    assert asked == expected
