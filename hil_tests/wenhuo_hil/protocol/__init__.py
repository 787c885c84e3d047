"""What a rig can do, whatever it is made of: tests name these and never a driver."""

from wenhuo_hil.protocol.cooker import BoardLinkProtocol, CookerProtocol

__all__ = ["BoardLinkProtocol", "CookerProtocol"]
