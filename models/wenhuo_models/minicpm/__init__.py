"""The MiniCPM architecture: the model in one file, configurations as rows, checkpoints."""
