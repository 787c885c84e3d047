"""What exists on a rig's table (labgrid resources). Serial ports are labgrid's own."""

from wenhuo_hil.resource.virtual_cooker import VirtualCooker

__all__ = ["VirtualCooker"]
