"""What the board's ADC sees: NTC dividers in mV, 12-bit steps, noise that a rewind repeats."""

from __future__ import annotations

import math

import numpy as np

from wenhuo_tools.twin.jit import compiled
from wenhuo_tools.twin.kernel import ZERO_C_K
from wenhuo_tools.twin.params import Ntc

SUPPLY_MV = 3300.0
ADC_STEPS = 4095.0
NOISE_MV = 0.8  # one ADC step, rms (EST)
MAINS_NOISE_SHARE = 0.002  # EST
T25_K = 298.15


@compiled
def ntc_ohm(temp_c: float, r25_ohm: float, beta_k: float) -> float:
    """Resistance of an NTC by the beta equation (domain.md 4.2)."""
    return r25_ohm * math.exp(beta_k * (1.0 / (temp_c + ZERO_C_K) - 1.0 / T25_K))


@compiled
def divider_mv(temp_c: float, r25_ohm: float, beta_k: float, pull_up_ohm: float) -> float:
    """Voltage over the NTC, mV: falls as it warms; an open sensor reads the supply, a short 0."""
    ohm = ntc_ohm(temp_c, r25_ohm, beta_k)
    return SUPPLY_MV * ohm / (ohm + pull_up_ohm)


@compiled
def quantized_mv(mv: float) -> int:
    """The ADC's 12-bit step nearest to mv, back in whole mV."""
    code = round(min(max(mv, 0.0), SUPPLY_MV) / SUPPLY_MV * ADC_STEPS)
    return round(code * SUPPLY_MV / ADC_STEPS)


@compiled
def noise(seed: int, counter: int, channel: int) -> float:
    """About normal (mean 0, sd 1), a pure function of its arguments: a mixed 64-bit counter."""
    x = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15)
    x += np.uint64(counter) * np.uint64(0xBF58476D1CE4E5B9)
    x += np.uint64(channel) * np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(30)
    x *= np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    total = 0.0
    for shift in range(0, 64, 16):  # four uniform parts: the sum's sd is sqrt(4 / 12)
        total += float((x >> np.uint64(shift)) & np.uint64(0xFFFF)) / 65536.0
    return (total - 2.0) * math.sqrt(3.0)


def celsius(ohm: float, ntc: Ntc) -> float:
    """Temperature of an NTC of that resistance."""
    return 1.0 / (1.0 / T25_K + math.log(ohm / ntc.r25_ohm) / ntc.beta_k) - ZERO_C_K
