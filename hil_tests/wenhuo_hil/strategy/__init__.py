"""From nothing to a cooker that is ready (labgrid strategy)."""

from wenhuo_hil.strategy.cooker import CookerStrategy, Status

__all__ = ["CookerStrategy", "Status"]
