"""The codes of every fault and warning the power board can report; stable for ever, 0 is none.

What each means, why and what to do stands in fault_table.py, which the board does not carry.
"""

NONE = 0
BOTTOM_OPEN = 1
BOTTOM_SHORT = 2
LID_OPEN_CIRCUIT = 3
LID_SHORT = 4
BOTTOM_RANGE = 5
LID_RANGE = 6
BOTTOM_RATE = 7
LID_RATE = 8
BOTTOM_MAX = 9
LID_MAX = 10
NOT_HEATING = 11
HEATS_WHEN_OFF = 12
MAX_HEAT_TIME = 13
POT_MISSING = 14
MAINS_LOW = 15
MAINS_HIGH = 16
SCHEDULE_DAMAGED = 17
SELF_TEST = 18
WATCHDOG = 19
SENSORS_DISAGREE = 20
BOTTOM_STUCK = 21
SENSORS_SWAPPED = 22
HEATER_WEAK = 23
SAFETY_RELAY_WELDED = 24
BOARD_HOT = 25
POWER_LOST = 26
STORAGE = 27
KEEP_WARM_COLD = 28
BOTTOM_NOISY = 29
LID_NOISY = 30
CLOCK_JUMP = 31
NOT_BOILED = 32

# These only tell (event "warning"): the cook goes on. All others latch: heater off, relay open.
WARNINGS = (HEATER_WEAK, POWER_LOST, STORAGE, KEEP_WARM_COLD, CLOCK_JUMP, NOT_BOILED)
