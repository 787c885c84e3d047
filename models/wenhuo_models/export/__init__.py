"""From a trained MiniCPM to what the device runs: scalings folded, a lean graph, TFLite, int8."""
