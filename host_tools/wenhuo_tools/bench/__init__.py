"""The engine beside its peers: one machine, one run, the same sentences."""
