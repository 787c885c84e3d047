"""Boards as data: products, and the appliance, controller and power board that each combines."""

from wenhuo.boards.empty_chip import EsptoolChip, Uf2Chip
from wenhuo.boards.menu import Amount, Dish, Food, KeepWarm, PhaseRule, TextureSpec
from wenhuo.boards.parts import (
    Appliance,
    Controller,
    FoodSafety,
    HardLimits,
    Heater,
    HeatModel,
    Ntc,
    Pot,
    PowerBoard,
    SafetyClass,
)
from wenhuo.boards.product import (
    DATA_ENV,
    DEFAULT_PRODUCT,
    Calibration,
    Product,
    data_root,
    list_products,
    load_product,
)

__all__ = [
    "DATA_ENV",
    "DEFAULT_PRODUCT",
    "Amount",
    "Appliance",
    "Calibration",
    "Controller",
    "Dish",
    "EsptoolChip",
    "Food",
    "FoodSafety",
    "HardLimits",
    "HeatModel",
    "Heater",
    "KeepWarm",
    "Ntc",
    "PhaseRule",
    "Pot",
    "PowerBoard",
    "Product",
    "SafetyClass",
    "TextureSpec",
    "Uf2Chip",
    "data_root",
    "list_products",
    "load_product",
]
