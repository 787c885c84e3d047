"""The loss curve of a run, as a small CSV file beside its checkpoint."""

from __future__ import annotations

from pathlib import Path

CURVE = "train_curve.csv"
HEADER = "step,series,loss,intent_exact,schedule_exact"


class Curve:
    """Points of the series `train` (loss alone) and of the watched rows (loss and shares)."""

    def __init__(self, path: Path, step: int) -> None:
        """Go on with the file of a run resumed at `step`; what lies after it happens again."""
        self._path = path
        kept = path.read_text("utf-8").splitlines()[1:] if path.exists() else []
        kept = [line for line in kept if int(line.split(",", 1)[0]) <= step]
        path.write_text("\n".join([HEADER, *kept]) + "\n", "utf-8")

    def add(self, step: int, series: str, loss: float, *exact: float) -> None:
        """Write a point; exact: the shares intent_exact and schedule_exact, where known."""
        shares = [f"{share:.4f}" for share in exact] or ["", ""]
        with self._path.open("a", encoding="utf-8") as file:
            file.write(",".join([str(step), series, f"{loss:.5f}", *shares]) + "\n")
