"""The digital twin of a rice cooker: physics kernel, batch runner and the plant server."""
