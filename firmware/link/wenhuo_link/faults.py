"""Every fault the power board can report: the one table for CLI, pages, messages and documents.

Rows: code, name, one line, likely causes, what to do. Codes are stable for ever; 0 is no fault.
Plain tuples, so that the board reads the same file.
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

FAULTS: "tuple[tuple[int, str, str, str, str], ...]" = (
    (
        BOTTOM_OPEN,
        "bottom_open",
        "The pot-bottom sensor reads as an open circuit.",
        "sensor plug loose; wire broken; board colder than -20 °C",
        "unplug the cooker, seat the sensor plug, then clear the fault",
    ),
    (
        BOTTOM_SHORT,
        "bottom_short",
        "The pot-bottom sensor reads as a short circuit.",
        "water in the sensor plug; wire crushed",
        "unplug the cooker, let the sensor dry, check its wire",
    ),
    (
        LID_OPEN_CIRCUIT,
        "lid_open_circuit",
        "The lid sensor reads as an open circuit.",
        "lid hinge wire broken; plug loose",
        "unplug the cooker, check the wire at the lid's hinge",
    ),
    (
        LID_SHORT,
        "lid_short",
        "The lid sensor reads as a short circuit.",
        "steam water in the lid's plug; wire crushed",
        "unplug the cooker, dry the lid, check the wire",
    ),
    (
        BOTTOM_RANGE,
        "bottom_range",
        "The pot-bottom temperature is outside what can be.",
        "sensor damaged; wrong sensor type in the board's data",
        "compare the sensor with the product's board file",
    ),
    (
        LID_RANGE,
        "lid_range",
        "The lid temperature is outside what can be.",
        "sensor damaged; wrong sensor type in the board's data",
        "compare the sensor with the product's board file",
    ),
    (
        BOTTOM_RATE,
        "bottom_rate",
        "The pot-bottom temperature jumps faster than any pot can.",
        "loose contact; interference; ADC damaged",
        "check the sensor's plug and wire",
    ),
    (
        LID_RATE,
        "lid_rate",
        "The lid temperature jumps faster than any lid can.",
        "loose contact at the hinge; interference",
        "check the wire at the lid's hinge",
    ),
    (
        BOTTOM_MAX,
        "bottom_max",
        "The pot bottom is hotter than the absolute limit.",
        "pot empty or boiled dry; relay stuck; sensor not touching the pot",
        "let it cool, look at the pot and the sensor's spring, then clear the fault",
    ),
    (
        LID_MAX,
        "lid_max",
        "The lid is hotter than the absolute limit.",
        "no water in the pot; steam vent blocked",
        "let it cool, add water, clean the vent, then clear the fault",
    ),
    (
        NOT_HEATING,
        "not_heating",
        "The heater is on but the pot does not get hotter.",
        "thermal fuse open; heater broken; relay dead; bottom sensor off the pot or stuck",
        "measure heater and thermal fuse with the cooker unplugged",
    ),
    (
        HEATS_WHEN_OFF,
        "heats_when_off",
        "Heater current flows although the heater is switched off.",
        "heater switch welded or shorted",
        "unplug the cooker now; the switch must be replaced",
    ),
    (
        MAX_HEAT_TIME,
        "max_heat_time",
        "The heater has worked longer than any dish needs.",
        "schedule far too long; lid open all the time; far too much water",
        "look at the food, then start a new cook",
    ),
    (
        POT_MISSING,
        "pot_missing",
        "The pot was taken out for longer than allowed while cooking.",
        "pot lifted out; pot switch dirty",
        "put the pot back and start again",
    ),
    (
        MAINS_LOW,
        "mains_low",
        "The mains voltage is too low to work with.",
        "overloaded extension lead; brown-out",
        "use another socket, then clear the fault",
    ),
    (
        MAINS_HIGH,
        "mains_high",
        "The mains voltage is higher than the heater bears.",
        "wrong supply; neutral lost",
        "unplug the cooker and have the socket checked",
    ),
    (
        SCHEDULE_DAMAGED,
        "schedule_damaged",
        "The schedule in the board's memory no longer fits its checksum.",
        "memory disturbed by interference; RAM damaged",
        "start the cook again; if it comes back, replace the board",
    ),
    (
        SELF_TEST,
        "self_test",
        "The board's self-test at start failed.",
        "firmware image damaged; RAM or ADC damaged",
        "flash the board again; if it comes back, replace it",
    ),
    (
        WATCHDOG,
        "watchdog",
        "The board hung while cooking and was restarted by its watchdog.",
        "firmware error; power disturbed",
        "look at the food, then clear the fault; report it if it comes back",
    ),
    (
        SENSORS_DISAGREE,
        "sensors_disagree",
        "Bottom and lid temperature cannot both be true.",
        "a sensor stuck or drifted; sensor off the pot",
        "let the cooker cool: both must then show room temperature",
    ),
)


def fault_name(code: int) -> str:
    """The stable name of a fault code; "none" for 0, "unknown" for a code not in the table."""
    if code == NONE:
        return "none"
    for row in FAULTS:
        if row[0] == code:
            return row[1]
    return "unknown"
