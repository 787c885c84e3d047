"""Every fault and warning in words: the one table for CLI, pages, messages and documents.

Rows: code, name, one line, likely causes, what to do.
"""

from . import faults as f

FAULTS: "tuple[tuple[int, str, str, str, str], ...]" = (
    (
        f.BOTTOM_OPEN,
        "bottom_open",
        "The pot-bottom sensor reads as an open circuit.",
        "sensor plug loose; wire broken; board colder than -20 °C",
        "unplug the cooker, seat the sensor plug, then clear the fault",
    ),
    (
        f.BOTTOM_SHORT,
        "bottom_short",
        "The pot-bottom sensor reads as a short circuit.",
        "water in the sensor plug; wire crushed",
        "unplug the cooker, let the sensor dry, check its wire",
    ),
    (
        f.LID_OPEN_CIRCUIT,
        "lid_open_circuit",
        "The lid sensor reads as an open circuit.",
        "lid hinge wire broken; plug loose",
        "unplug the cooker, check the wire at the lid's hinge",
    ),
    (
        f.LID_SHORT,
        "lid_short",
        "The lid sensor reads as a short circuit.",
        "steam water in the lid's plug; wire crushed",
        "unplug the cooker, dry the lid, check the wire",
    ),
    (
        f.BOTTOM_RANGE,
        "bottom_range",
        "The pot-bottom temperature is outside what can be.",
        "sensor damaged; wrong sensor type in the board's data",
        "compare the sensor with the product's board file",
    ),
    (
        f.LID_RANGE,
        "lid_range",
        "The lid temperature is outside what can be.",
        "sensor damaged; wrong sensor type in the board's data",
        "compare the sensor with the product's board file",
    ),
    (
        f.BOTTOM_RATE,
        "bottom_rate",
        "The pot-bottom temperature jumps faster than any pot can.",
        "loose contact; interference; ADC damaged",
        "check the sensor's plug and wire",
    ),
    (
        f.LID_RATE,
        "lid_rate",
        "The lid temperature jumps faster than any lid can.",
        "loose contact at the hinge; interference",
        "check the wire at the lid's hinge",
    ),
    (
        f.BOTTOM_MAX,
        "bottom_max",
        "The pot bottom is hotter than the absolute limit.",
        "pot empty or boiled dry; relay stuck; sensor not touching the pot",
        "let it cool, look at the pot and the sensor's spring, then clear the fault",
    ),
    (
        f.LID_MAX,
        "lid_max",
        "The lid is hotter than the absolute limit.",
        "no water in the pot; steam vent blocked",
        "let it cool, add water, clean the vent, then clear the fault",
    ),
    (
        f.NOT_HEATING,
        "not_heating",
        "The heater is on but the pot does not get hotter.",
        "thermal fuse open; heater broken; relay dead; bottom sensor off the pot or stuck",
        "measure heater and thermal fuse with the cooker unplugged",
    ),
    (
        f.HEATS_WHEN_OFF,
        "heats_when_off",
        "Heater current flows although the heater is switched off.",
        "heater switch welded or shorted",
        "unplug the cooker now; the switch must be replaced",
    ),
    (
        f.MAX_HEAT_TIME,
        "max_heat_time",
        "The heater has worked longer than any dish needs.",
        "schedule far too long; lid open all the time; far too much water",
        "look at the food, then start a new cook",
    ),
    (
        f.POT_MISSING,
        "pot_missing",
        "The pot was taken out for longer than allowed while cooking.",
        "pot lifted out; pot switch dirty",
        "put the pot back and start again",
    ),
    (
        f.MAINS_LOW,
        "mains_low",
        "The mains voltage is too low to work with.",
        "overloaded extension lead; brown-out",
        "use another socket, then clear the fault",
    ),
    (
        f.MAINS_HIGH,
        "mains_high",
        "The mains voltage is higher than the heater bears.",
        "wrong supply; neutral lost",
        "unplug the cooker and have the socket checked",
    ),
    (
        f.SCHEDULE_DAMAGED,
        "schedule_damaged",
        "The schedule in the board's memory no longer fits its checksum.",
        "memory disturbed by interference; RAM damaged",
        "start the cook again; if it comes back, replace the board",
    ),
    (
        f.SELF_TEST,
        "self_test",
        "The board's self-test at start failed.",
        "firmware image damaged; RAM or ADC damaged",
        "flash the board again; if it comes back, replace it",
    ),
    (
        f.WATCHDOG,
        "watchdog",
        "The board hung while cooking and was restarted by its watchdog.",
        "firmware error; power disturbed",
        "look at the food, then clear the fault; report it if it comes back",
    ),
    (
        f.SENSORS_DISAGREE,
        "sensors_disagree",
        "Bottom and lid temperature cannot both be true.",
        "a sensor stuck or drifted; sensor off the pot",
        "let the cooker cool: both must then show room temperature",
    ),
    (
        f.BOTTOM_STUCK,
        "bottom_stuck",
        "The pot-bottom temperature does not fall when the heater pauses.",
        "sensor stuck; sensor off the pot; heater switch does not open",
        "unplug the cooker, look at the sensor's spring and plug, then clear the fault",
    ),
    (
        f.SENSORS_SWAPPED,
        "sensors_swapped",
        "The lid warms before the pot bottom does: the two sensors are exchanged.",
        "plugs of the two sensors exchanged at a repair; bottom sensor not on the pot",
        "unplug the cooker and exchange the two sensor plugs",
    ),
    (
        f.HEATER_WEAK,
        "heater_weak",
        "The heater draws far less current than it should; the cook goes on, more slowly.",
        "part of the heater broken; a contact worn",
        "have the heater measured; food takes longer until then",
    ),
    (
        f.SAFETY_RELAY_WELDED,
        "safety_relay_welded",
        "The safety relay did not keep the current off in the test before heating.",
        "contacts of the safety relay welded",
        "unplug the cooker now; the safety relay must be replaced",
    ),
    (
        f.BOARD_HOT,
        "board_hot",
        "The power board itself is too hot, or its converter reads nonsense.",
        "air vents covered; hot place; analog converter or its supply damaged",
        "let it cool in a free place; if it comes back, replace the board",
    ),
    (
        f.POWER_LOST,
        "power_lost",
        "The power went while it cooked, and the board does not go on by itself.",
        "power cut; plug pulled; food too cool for the board to know how long it stood",
        "look at the food: what stood warm, not hot, for over an hour is thrown away",
    ),
    (
        f.STORAGE,
        "storage",
        "The progress of the cook cannot be kept in flash.",
        "flash full; flash worn out",
        "cooking works, but a power cut ends the cook; flash the board again",
    ),
    (
        f.KEEP_WARM_COLD,
        "keep_warm_cold",
        "The food being kept warm has been below 60 °C for ten minutes.",
        "lid open; heater weak; cold food added",
        "close the lid; eat soon, or heat the food through",
    ),
    (
        f.BOTTOM_NOISY,
        "bottom_noisy",
        "The pot-bottom sensor's readings jump about.",
        "loose contact; water in the plug; interference",
        "check the sensor's plug and wire",
    ),
    (
        f.LID_NOISY,
        "lid_noisy",
        "The lid sensor's readings jump about.",
        "loose contact at the hinge; water in the plug; interference",
        "check the wire at the lid's hinge",
    ),
    (
        f.CLOCK_JUMP,
        "clock_jump",
        "The board's clock jumped; the jump was not counted as cooking time.",
        "loop held up; clock disturbed by interference",
        "none for once; if it comes back, replace the board",
    ),
    (
        f.NOT_BOILED,
        "not_boiled",
        "The pot became hotter than boiling water without having been seen to boil.",
        "no water in the pot; lid sensor dead",
        "look into the pot; if there is water in it, check the lid sensor's wire",
    ),
)


def fault_name(code: int) -> str:
    """The stable name of a fault code; "none" for 0, "unknown" for a code not in the table."""
    if code == f.NONE:
        return "none"
    for row in FAULTS:
        if row[0] == code:
            return row[1]
    return "unknown"


def stops(code: int) -> bool:
    """Whether the board ends the cook for it; a warning only tells."""
    return code not in f.WARNINGS
