"""Power cut, or cable pulled, at any byte of a flash: the board boots, and boots whole.

WENHUO_CUTS=200 for the full number; a few in every run.
"""

import os
import random

from wenhuo.errors import WenhuoError
from wenhuo_tools.flash import power

CUTS = int(os.environ.get("WENHUO_CUTS", "8"))


def test_a_flash_that_is_cut_leaves_a_board_that_boots(bench):
    old, new = bench.calibrated(0), bench.calibrated(1)
    bench.flash_new(old)
    before = bench.keep("before.bin")
    with bench.at_prompt() as mcu:
        power._flash(new, mcu.console, None, None, lambda _line: None)
        whole = mcu.taken
    # Every other cut is in the last part, where the new slot takes over.
    chance = random.Random(1)
    points = [chance.randrange(1, whole) for _ in range(CUTS // 2)]
    points += [chance.randrange(whole - 1500, whole) for _ in range(CUTS - len(points))]
    ran = {bench.crc(old): 0, bench.crc(new): 0}
    for cut in points:
        bench.restore(before)
        broke = False
        with bench.at_prompt(cut_after=cut) as mcu:
            try:
                power._flash(new, mcu.console, None, None, lambda _line: None)
            except WenhuoError:
                broke = True
        seen = bench.boot()
        assert seen.state == "idle", f"cut at byte {cut} of {whole}: {seen}"
        # The last bytes are the goodbye: cut there, the flash has succeeded and the new one runs.
        assert broke or seen.limits_crc == bench.crc(new), f"cut at byte {cut} of {whole}"
        ran[seen.limits_crc] += 1
    assert sum(ran.values()) == CUTS
    assert ran[bench.crc(old)] > CUTS // 3
