"""The language factory: what people say to a cooker, and what they mean, by the 100,000."""

from wenhuo_models.factory.corpus import build

__all__ = ["build"]
