"""The plant's server: `python -m wenhuo_tools.twin.plant [--port N] [--free-run] [--once]`.

ASCII lines over TCP. One board and one host at a time.

First line of a client: `HELLO wenhuo-plant 1 board|host`, answered `OK wenhuo-plant 1 <t_ms>`.

Board:
    `STEP <used> <n> <dt_ms> <heater_permille> <relay>`: keep the first `used` samples of the last
    reply, rewind the rest, then advance n ticks of dt_ms with that heater output behind that
    safety relay. Answer `V <k> <t_ms>,<bottom_mv>,<lid_mv>,<bits>,<mains_dv>,<heater_ma>;...` with
    1 <= k <= n samples; it waits until the host has granted time. bits: 1 lid closed, 2 pot
    present. mains_dv: V rms × 10. `BYE <used>`: the last line of a board that resets itself, so
    that what it did not use is rewound; no answer.
Host:
    `LOAD <json>`: product, dish, dry_g, water_g, initial_c, ambient_c, altitude_m, mains_v, seed;
    back to t = 0, nothing granted. `EVENT <json>` (scenario.schema.json, at_s in plant time).
    `RUN <until_ms>`: grant time; answered `AT <t_ms>` when the board's next STEP shows that
    it has consumed it. `FREE <until_ms>`: advance with no board, heater off. `TRUTH`: state of the
    food as `T <json>`. `QUIT`.
Any error: `ERR <one line>`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import select
import socket
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from wenhuo.boards import load_product
from wenhuo.errors import RigError, WenhuoError
from wenhuo_tools.twin.dishes import dish_by_id
from wenhuo_tools.twin.engine import Engine, Scenario
from wenhuo_tools.twin.params import Cooker, Load, Ntc, Site

BANNER = "wenhuo-plant 1"
FOREVER_MS = 1 << 62
_SEED_MASK = (1 << 63) - 1
_LOAD_BOUNDS = {
    "dry_g": (0.0, 20_000.0),
    "water_g": (0.0, 20_000.0),
    "initial_c": (0.0, 100.0),
    "ambient_c": (-30.0, 60.0),
    "altitude_m": (-500.0, 6000.0),
    "mains_v": (0.0, 500.0),
}
_TRUTH_TEMPS = {
    "bottom": "pot_c", "plate": "plate_c", "food": "bottom_c", "core": "core_c", "lid": "lid_c",
}  # fmt: skip


@dataclass(slots=True)
class Client:
    """A connection: its role after HELLO, and bytes not yet a line."""

    sock: socket.socket
    role: str = ""
    pending: bytes = b""

    def send(self, line: str) -> None:
        """One line out; a peer that has gone is noticed where its socket is read."""
        with contextlib.suppress(OSError):
            self.sock.sendall(line.encode() + b"\n")


def cooker_of(product: str | None) -> Cooker:
    """The cooker of a product id under boards/; None is the default virtual cooker."""
    board = load_product(product)
    pot, ntc = board.appliance.pot, board.power_board.ntc
    return Cooker(
        rated_w=board.heater.rated_w,
        rated_v=board.heater.rated_v,
        pot_kg=pot.mass_g / 1000.0,
        pot_diameter_mm=pot.diameter_mm,
        pot_depth_mm=pot.depth_mm,
        assumed_loss_w_k=board.appliance.heat.loss_w_per_k,
        bottom_ntc=Ntc(ntc["bottom"].r25_ohm, ntc["bottom"].beta_k, ntc["bottom"].pull_up_ohm),
        lid_ntc=Ntc(ntc["lid"].r25_ohm, ntc["lid"].beta_k, ntc["lid"].pull_up_ohm),
    )


class Plant:
    """The protocol over an Engine."""

    def __init__(self, free_run: bool = False, once: bool = False) -> None:
        """free_run: grant endless time until a host connects. once: quit when the host hangs up."""
        self.engine = Engine()
        self.grant_ms = FOREVER_MS if free_run else 0
        self.board: Client | None = None
        self.host: Client | None = None
        self.waiting_step: tuple[int, int, int, float, bool] | None = None
        self.waiting_run = False
        self.quit = False
        self._once = once

    def handle(self, client: Client, line: str) -> None:
        """Act on one line of a client; errors go back to it as ERR."""
        try:
            if client is self.board:
                self._board_line(line)
            elif client is self.host:
                self._host_line(line)
            else:
                self._hello(client, line)
        except WenhuoError as error:
            client.send(f"ERR {error}")

    def drop(self, client: Client) -> None:
        """A client hung up: a board may come back after a power cut, a host may be replaced."""
        if client is self.board:
            self.board = None
            self.engine.commit(self._pending_used())
            self.waiting_step = None
            if self.waiting_run and self.host:
                self.waiting_run = False
                self.host.send(f"ERR the board hung up at t={self.engine.now_ms} ms during RUN")
        elif client is self.host:
            self.host = None
            self.waiting_run = False
            self.quit = self._once

    def _pending_used(self) -> int | None:
        return self.waiting_step[0] if self.waiting_step else None

    def _hello(self, client: Client, line: str) -> None:
        role = line.rpartition(" ")[2]
        if line not in (f"HELLO {BANNER} board", f"HELLO {BANNER} host"):
            raise RigError(f"first line must be 'HELLO {BANNER} board|host', not {line[:60]!r}")
        if getattr(self, role) is not None:
            raise RigError(f"a {role} is already connected; close it first")
        client.role = role
        setattr(self, role, client)
        if role == "host":
            self.grant_ms = 0
        client.send(f"OK {BANNER} {self.engine.now_ms}")

    def _board_line(self, line: str) -> None:
        words = line.split()
        if len(words) == 2 and words[0] == "BYE" and words[1].isdecimal():
            self.engine.commit(int(words[1]))
            return
        try:
            name, used, n, dt_ms, permille, relay = words
            step = (int(used), int(n), int(dt_ms), int(permille) / 1000.0, relay == "1")
        except ValueError:
            raise RigError(
                f"expected 'STEP used n dt_ms permille relay', not {line[:60]!r}"
            ) from None
        if name != "STEP" or not 0.0 <= step[3] <= 1.0 or relay not in ("0", "1"):
            raise RigError(f"STEP wants permille 0..1000 and relay 0|1, not {line[:60]!r}")
        self.engine.commit(step[0])
        self._step((0, *step[1:]))

    def _step(self, step: tuple[int, int, int, float, bool]) -> None:
        """Answer the board's STEP if time is granted; else keep it and tell the host."""
        engine = self.engine
        count = engine.advance(*step[1:], self.grant_ms)
        if count:
            self.waiting_step = None
            assert self.board is not None
            self.board.send(f"V {count} {engine.sample_text()}")
            return
        self.waiting_step = step
        if self.waiting_run and self.host:
            self.waiting_run = False
            self.host.send(f"AT {engine.now_ms}")

    def _host_line(self, line: str) -> None:
        assert self.host is not None
        name, _, rest = line.partition(" ")
        action = {
            "LOAD": self._load,
            "EVENT": self._event,
            "RUN": self._run,
            "FREE": self._free,
            "TRUTH": self._truth,
            "QUIT": self._quit,
        }.get(name)
        if action is None:
            raise RigError(f"unknown command {name[:40]!r}; see the plant's protocol")
        reply = action(rest)
        if reply:
            self.host.send(reply)

    def _load(self, rest: str) -> str:
        self.engine.load(scenario_of(_json_object(rest)))
        self.grant_ms = 0
        return "OK"

    def _event(self, rest: str) -> str:
        self.engine.add_event(_json_object(rest))
        return "OK"

    def _run(self, rest: str) -> str | None:
        self.grant_ms = _milliseconds(rest)
        if self.waiting_step is None and self.engine.now_ms >= self.grant_ms and not self.board:
            return f"AT {self.engine.now_ms}"
        self.waiting_run = True
        if self.waiting_step is not None:
            self._step(self.waiting_step)
        return None

    def _free(self, rest: str) -> str:
        if self.board and _hung_up(self.board.sock):
            self.drop(self.board)
        if self.board:
            raise RigError("FREE is for a power cut; a board is connected, use RUN")
        self.engine.free(_milliseconds(rest))
        return f"AT {self.engine.now_ms}"

    def _truth(self, rest: str) -> str:
        return f"T {json.dumps(truth_of(self.engine))}"

    def _quit(self, rest: str) -> str:
        self.quit = True
        return "OK"


def scenario_of(raw: dict[str, Any]) -> Scenario:
    """What LOAD says. Raises RigError: an unknown member or dish, a number out of bounds."""
    raw = dict(raw)
    try:
        cooker = cooker_of(raw.pop("product", None))
        dish = dish_by_id(str(raw.pop("dish", None)))
        seed = int(raw.pop("seed", 0)) & _SEED_MASK
    except (TypeError, ValueError) as error:
        raise RigError(f"LOAD: {error}") from None
    defaults = {"initial_c": 20.0, "ambient_c": 23.0, "altitude_m": 0.0}
    raw = {**defaults, "mains_v": cooker.rated_v, **raw}
    number = {key: _number(raw, key, *bounds) for key, bounds in _LOAD_BOUNDS.items()}
    load = Load(number["dry_g"], number["water_g"], number["initial_c"])
    site = Site(number["ambient_c"], number["altitude_m"], number["mains_v"])
    if raw:
        raise RigError(f"LOAD has unknown members {sorted(raw)}")
    return Scenario(dish, load, site, cooker, seed)


def truth_of(engine: Engine) -> dict[str, Any]:
    """State of the food, as TRUTH tells it."""
    state, food = engine.truth()
    s = state[0]
    truth: dict[str, Any] = {
        "t_s": engine.now_ms / 1000.0,
        "temps": {key: round(float(s[name]), 2) for key, name in _TRUTH_TEMPS.items()},
        "power_w": round(float(s["power_w"]), 1),
        "duty": round(_duty(s, engine.scenario), 3),
        "viscosity": round(float(s["viscosity"]), 2),
        "foam_mm": round(1000.0 * float(s["foam_m"]), 1),
        "steam_g_s": round(1000.0 * float(s["steam_kg_s"]), 4),
        "fuse_blown": bool(s["fuse_blown"] > 0.5),
        "texture_value": round(food.texture_value, 4),
        "texture_error": {k.value: round(v, 4) for k, v in food.texture_error.items()},
    }
    for key in (
        *("doneness", "water_uptake", "moisture", "free_water_g", "evaporated_g"),
        *("boilover_g", "crust", "scorch", "energy_wh", "max_bottom_c", "max_food_c"),
    ):
        truth[key] = round(getattr(food, key), 4)
    return truth


def _hung_up(sock: socket.socket) -> bool:
    """Whether the peer has closed and nothing of it is left to read."""
    try:
        return sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def _duty(s: np.void, scenario: Scenario) -> float:
    full_w = scenario.cooker.rated_w * (float(s["mains_v"]) / scenario.cooker.rated_v) ** 2
    return float(s["power_w"]) / full_w if full_w > 0.0 else 0.0


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise RigError(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise RigError("expected a JSON object")
    return value


def _number(raw: dict[str, Any], key: str, low: float, high: float) -> float:
    """Take a number out of a LOAD. Raises RigError: missing, no number, out of bounds."""
    if key not in raw:
        raise RigError(f"LOAD lacks {key!r}")
    value = raw.pop(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise RigError(f"LOAD {key} = {value!r}: a number from {low:g} to {high:g}")
    return float(value)


def _milliseconds(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise RigError(f"expected whole milliseconds, not {text[:40]!r}") from None


def serve(listener: socket.socket, plant: Plant) -> None:
    """Serve clients one line at a time until a host says QUIT."""
    clients: dict[int, Client] = {}
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    while not plant.quit:
        for fd, _ in poll.poll():
            if fd == listener.fileno():
                sock, _address = listener.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                clients[sock.fileno()] = Client(sock)
                poll.register(sock, select.POLLIN)
            elif not _serve_client(plant, clients[fd]):
                poll.unregister(fd)
                clients.pop(fd).sock.close()


def _serve_client(plant: Plant, client: Client) -> bool:
    """Read what the client sent; False where it hung up."""
    try:
        data = client.sock.recv(65536)
        *lines, client.pending = (client.pending + data).split(b"\n")
        for line in lines:
            plant.handle(client, line.decode("ascii", "replace").strip())
    except OSError:
        data = b""
    if not data:
        plant.drop(client)
    return bool(data)


def main(argv: list[str] | None = None) -> int:
    """Listen, print `PLANT host port`, serve."""
    parser = argparse.ArgumentParser(
        prog="wenhuo twin plant",
        description="Serve a plant on a socket; the protocol is at the head of twin/plant.py.",
        epilog="Example: wenhuo twin plant --port 7000, then wenhuo cook --plant 127.0.0.1:7000",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--once", action="store_true", help="end when the host hangs up")
    parser.add_argument("--free-run", action="store_true", help="no host needed to grant time")
    args = parser.parse_args(argv)
    try:
        listener = socket.create_server((args.host, args.port))
    except OSError as error:
        sys.stderr.write(f"plant: cannot listen on {args.host}:{args.port}: {error}\n")
        return 3
    plant = Plant(args.free_run, args.once)
    sys.stdout.write(f"PLANT {args.host} {listener.getsockname()[1]}\n")
    sys.stdout.flush()
    Engine().advance(
        1, 100, 0.0, False, 100
    )  # loads the compiled code before a client waits for it
    try:
        serve(listener, plant)
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
