"""How a rig does it (labgrid drivers)."""

from wenhuo_hil.driver.bench import BenchCookerDriver
from wenhuo_hil.driver.board_link import BoardLinkDriver
from wenhuo_hil.driver.fixture import FixtureDriver
from wenhuo_hil.driver.virtual import VirtualCookerDriver

__all__ = ["BenchCookerDriver", "BoardLinkDriver", "FixtureDriver", "VirtualCookerDriver"]
