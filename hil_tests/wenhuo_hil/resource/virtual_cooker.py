"""A cooker that needs nothing: firmware on the MicroPython unix port, the twin as its metal."""

from __future__ import annotations

import attr
from labgrid.factory import target_factory
from labgrid.resource.common import Resource


@target_factory.reg_resource
@attr.s(eq=False)
class VirtualCooker(Resource):
    """Args: product (str): id under boards/; plant (str): host:port of an outside plant."""

    product: str = attr.ib(default="virtual", validator=attr.validators.instance_of(str))
    plant: str | None = attr.ib(
        default=None, validator=attr.validators.optional(attr.validators.instance_of(str))
    )
