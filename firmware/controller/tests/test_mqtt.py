"""The bridge to a broker: against mosquitto itself, with and without TLS, killed and started."""

from __future__ import annotations

import asyncio
import json
import os
import queue
import shutil
import socket
import subprocess
import threading
import time
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from household_bench import PRODUCT, HandTime, TableBoard, planner
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.enums import CallbackAPIVersion
from referencing import Registry, Resource

from wenhuo.contracts import check, schema
from wenhuo.daemon.client import ask
from wenhuo.daemon.config import Config
from wenhuo.daemon.mqtt import Bridge, read_words
from wenhuo.daemon.mqtt_account import Account
from wenhuo.daemon.mqtt_line import BrokerLine
from wenhuo.daemon.service import Service
from wenhuo.daemon.wire import Wire
from wenhuo.errors import ConfigError, RequestError
from wenhuo.intent import Action, Intent
from wenhuo.memory import Memory

USER, PASSWORD, TOPIC = "wenhuo", "gentle fire", "wenhuo/test"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Broker:
    """mosquitto with one account, on a port of its own."""

    def __init__(self, folder: Path, tls: Path | None = None) -> None:
        program = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
        if program is None:
            assert not os.environ.get("CI"), "host_tools/setup.sh develop installs mosquitto"
            pytest.skip("no mosquitto here; apt-get install mosquitto")
        self.port, self._program = free_port(), program
        passwords, self._config = folder / "passwords", folder / "mosquitto.conf"
        command = ["mosquitto_passwd", "-b", "-c", str(passwords), USER, PASSWORD]
        subprocess.run(command, check=True, capture_output=True)
        rows = [f"listener {self.port} 127.0.0.1", f"password_file {passwords}", "user root"]
        if tls is not None:
            rows += [f"certfile {tls}/server.pem", f"keyfile {tls}/server.key"]
        self._config.write_text("\n".join([*rows, "allow_anonymous false"]) + "\n")
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._program, "-c", self._config], stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.02)
        raise AssertionError("mosquitto does not listen")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def account(self, **more) -> Account:
        return replace(Account("127.0.0.1", self.port, USER, PASSWORD, topic=TOPIC), **more)


QUICK = partial(BrokerLine, back_off_s=(0.3, 0.6))


class House:
    """Somebody in the house: hears everything on the broker, and speaks."""

    def __init__(self, port: int, name: str = "house") -> None:
        self.heard: queue.Queue[tuple[str, str]] = queue.Queue()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name)
        self._client.username_pw_set(USER, PASSWORD)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe(f"{TOPIC}/#", 1)
        self._client.on_message = lambda _c, _u, m: self.heard.put(
            (m.topic.removeprefix(f"{TOPIC}/"), m.payload.decode(errors="replace"))
        )
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, payload: str | bytes, *, retain: bool = False) -> None:
        self._client.publish(f"{TOPIC}/say", payload, 1, retain).wait_for_publish(5)

    def until(self, name: str, fits=lambda _text: True) -> str:
        """The next message of that topic that fits."""
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with suppress(queue.Empty):
                topic, text = self.heard.get(timeout=0.2)
                if topic == name and fits(text):
                    return text
        raise AssertionError(f"nothing of the kind at {name}")

    def ask(self, payload: str | bytes) -> dict:
        self.say(payload)
        return json.loads(self.until("reply"))


class Household:
    """The daemon with a scripted model and a table's board, and its bridge."""

    def __init__(self, folder: Path) -> None:
        self.config = Config(
            PRODUCT, PRODUCT.id, "none", folder, folder / "s.sock", language="en"
        )  # fmt: skip
        self.board = TableBoard()
        self.time = HandTime(self.board)
        self.loop: asyncio.AbstractEventLoop | None = None

    def pass_time(self, duration_s: float) -> None:
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self.time.move, duration_s)

    def run(self, account: Account, job):
        """`job()` in a thread while the daemon and its bridge run."""

        async def run():
            memory, wire = Memory.open(self.config.state_dir), Wire(lambda: self.board, PRODUCT.id)
            self.loop = asyncio.get_running_loop()
            service = Service(
                self.config, memory=memory, wire=wire, time=self.time,
                planner=planner({"rice": Intent(Action.COOK, dish="white_rice")}),
            )  # fmt: skip
            bridge = asyncio.create_task(Bridge(account, self.config.socket, QUICK).run())
            serving = asyncio.create_task(service.run())
            try:
                return await asyncio.to_thread(job)
            finally:
                service.stop()
                await serving
                bridge.cancel()
                with suppress(asyncio.CancelledError):
                    await bridge

        return asyncio.run(asyncio.wait_for(run(), 60))

    def over_socket(self, message: dict) -> dict:
        return ask(self.config.socket, message)


@pytest.fixture
def broker(tmp_path):
    made = Broker(tmp_path)
    yield made
    made.kill()


@pytest.fixture
def household(tmp_path):
    (tmp_path / "state").mkdir()
    return Household(tmp_path / "state")


def check_part(name: str, value: dict) -> None:
    """Against a part of request.schema.json."""
    from jsonschema import Draft202012Validator

    registry = Registry().with_resource("r", Resource.from_contents(schema("request")))
    wanted = {"$ref": f"r#/properties/{name}"}
    Draft202012Validator(wanted, registry=registry).validate(value)


def test_words_cook_and_what_is_told_follows_the_contracts(broker, household):
    with closing(House(broker.port)) as house:

        def job():
            assert house.until("online") == "online"
            idle = json.loads(house.until("status"))
            check_part("state", idle)
            assert idle["mode"] == "idle"
            check_part("sensors", json.loads(house.until("telemetry")))
            assert house.until("plan") == ""
            reply = house.ask("rice")
            assert reply["tool"] == "cook"
            cooking = json.loads(house.until("status", lambda text: '"cooking"' in text))
            check_part("state", cooking)
            assert cooking["dish"] == "white_rice"
            plan = json.loads(house.until("plan", bool))
            check("plan", plan)
            assert plan["schedule"]
            assert house.ask("stop")["tool"] == "cancel"
            assert json.loads(house.until("status", lambda text: '"idle"' in text))

        household.run(broker.account(), job)
        assert household.board.starts == household.board.cancels == 1
        assert house.until("online") == "offline"


def test_words_with_an_id_are_done_once_and_news_are_passed_on(broker, household):
    with closing(House(broker.port)) as house:

        def job():
            house.until("status")
            words = json.dumps({"say": "rice", "speaker": "Ann", "id": "7"})
            first, again = house.ask(words), house.ask(words)
            assert (first["id"], again["reply"]) == ("7", first["reply"])
            house.ask('{"say": "remind me in 10 minutes", "speaker": "Ann"}')
            household.pass_time(700.0)
            return json.loads(house.until("news"))

        news = household.run(broker.account(), job)
        assert household.board.starts == 1
        assert (news["kind"], news["for"]) == ("timer", "Ann")


def test_old_words_are_not_obeyed(broker, household):
    """Neither retained ones nor any from before the cooker came."""
    with closing(House(broker.port)) as house:
        house.say("rice", retain=True)

        def job():
            house.until("status")
            assert "error" in house.ask("{}")

        household.run(broker.account(), job)
        house.say("rice")
        household.run(broker.account(), job)
    assert household.board.starts == 0


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"\xff\xfe", "UTF-8"),
        ('{"state": true}', "no words"),
        ('{"listen": true}', "no words"),
        ('{"say": "rice", "schedule": []}', "schedule: unknown"),
        ('{"say": "rice", "heat": 100}', "heat: unknown"),
        ('{"say": 5}', "say"),
        ("{" * 9000, "not JSON"),
        ("a" * 3000, "at most 2000"),
    ],
)
def test_no_payload_can_do_what_words_cannot(broker, household, payload, said):
    with closing(House(broker.port)) as house:

        def job():
            house.until("status")
            assert said in house.ask(payload)["error"]
            house.ask("what is the weather like")
            return household.over_socket({"state": True})

        assert household.run(broker.account(), job)["state"]["mode"] == "idle"
    assert household.board.starts == 0


@given(st.binary())
def test_no_bytes_break_the_reader(payload):
    with suppress(RequestError):
        assert "say" in read_words(payload)


def test_a_broker_that_dies_in_a_cook_and_comes_back(broker, household):
    with closing(House(broker.port)) as house:

        def job():
            house.until("status")
            house.ask("rice")
            broker.kill()
            assert household.over_socket({"state": True})["state"]["mode"] == "cooking"
            assert household.over_socket({"say": "how long"})["reply"]
            broker.start()
            house.until("online", lambda text: text == "online")
            assert '"cooking"' in house.until("status")

        household.run(broker.account(), job)
    assert (household.board.starts, household.board.cancels) == (1, 0)


def serve_rubbish(answer: bytes | None) -> int:
    """A server that is no broker: it says the bytes, or nothing at all and stays."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        kept = []
        while True:
            client, _ = server.accept()
            kept.append(client)
            if answer is not None:
                with suppress(OSError):
                    client.sendall(answer)
                    client.close()

    threading.Thread(target=serve, daemon=True).start()
    return server.getsockname()[1]


@pytest.mark.parametrize("kind", ["none", "silent", "rubbish", "other account", "no such name"])
def test_without_a_broker_the_cooker_cooks(household, tmp_path, caplog, kind):
    account = Account("127.0.0.1", free_port(), USER, PASSWORD)
    if kind in ("silent", "rubbish"):
        account = replace(account, port=serve_rubbish(b"HTTP/1.1 400\r\n\r\n" * 50))
    if kind == "silent":
        account = replace(account, port=serve_rubbish(None))
    if kind == "no such name":
        account = replace(account, host="broker.invalid")
    broker = Broker(tmp_path) if kind == "other account" else None
    if broker is not None:
        account = broker.account(password="another")

    def job():
        longest_s = 2.0 if kind == "silent" else 20.0  # that one is given up after a minute
        begun = time.monotonic()
        while caplog.text.count("no broker at") < 2 and time.monotonic() - begun < longest_s:
            time.sleep(0.05)
        return household.over_socket({"say": "rice"})

    caplog.set_level("INFO", "wenhuo.daemon.mqtt_line")
    assert household.run(account, job)["tool"] == "cook"
    assert household.board.starts == 1
    assert "no broker at" in caplog.text or kind == "silent"
    if broker is not None:
        broker.kill()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory) -> Path:
    """A broker's certificate for 127.0.0.1, signed by itself, and another's."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here")
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("server", "other"):
        command = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ]
        command += ["-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext"]
        command += ["subjectAltName=IP:127.0.0.1", "-keyout", f"{folder}/{name}.key"]
        subprocess.run([*command, "-out", f"{folder}/{name}.pem"], check=True, capture_output=True)
    return folder


def test_tls_to_the_broker_that_is_trusted_and_to_no_other(
    household, certificates, tmp_path, caplog
):
    broker = Broker(tmp_path, tls=certificates)
    caplog.set_level("INFO", "wenhuo.daemon.mqtt_line")

    def connected_with(ca: str) -> bool:
        caplog.clear()
        account = broker.account(tls=True, ca_file=certificates / ca)
        household.run(account, lambda: time.sleep(1.5))
        return "connected to" in caplog.text

    assert connected_with("server.pem")
    assert not connected_with("other.pem")
    with pytest.raises(ConfigError, match="no certificates"):
        Bridge(broker.account(tls=True, ca_file=certificates / "server.key"), Path("s"))
    broker.kill()
