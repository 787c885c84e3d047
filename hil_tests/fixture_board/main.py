"""Start of the fixture board: MicroPython runs this file after boot."""

import fixture

fixture.run()
