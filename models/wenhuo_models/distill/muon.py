"""Muon, as torch.optim.Muon, for processors too: float32 where bfloat16 is not in the hardware.

torch's own rounds to bfloat16 always, which a CPU without such instructions emulates at a fiftieth
of the speed. Matrices of one shape are orthogonalised together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor

from wenhuo_models.distill.precision import fast_dtype

# Keller Jordan's quintic (https://kellerjordan.github.io/posts/muon/)
_A, _B, _C, _ITERATIONS = 3.4445, -4.7750, 2.0315, 5
_EPS = 1e-7


def orthogonalised(matrices: Tensor) -> Tensor:
    """[B, M, N] -> [B, M, N]: each matrix with its singular values drawn to about 1."""
    x = matrices.to(fast_dtype(matrices.device))
    tall = x.shape[1] > x.shape[2]
    if tall:
        x = x.transpose(1, 2)
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp(min=_EPS)
    for _ in range(_ITERATIONS):
        gram = x @ x.transpose(1, 2)
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=_B, alpha=_C), x, beta=_A)
    return (x.transpose(1, 2) if tall else x).to(matrices.dtype)


class Muon(torch.optim.Optimizer):
    """Momentum, orthogonalised; the step has the size that AdamW's would have
    (0.2 sqrt(max(M, N)), arXiv 2502.16982, section 2.2)."""

    def __init__(
        self, params: Iterable[Tensor], lr: float, weight_decay: float, momentum: float = 0.95
    ) -> None:
        """params: matrices only."""
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One step for all matrices that have a gradient."""
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for p in group["params"]:
                if p.grad is not None:
                    by_shape[p.shape].append(p)
            for shape, members in by_shape.items():
                size = group["lr"] * 0.2 * max(shape) ** 0.5
                updates = orthogonalised(torch.stack([self._nesterov(p, group) for p in members]))
                for p, update in zip(members, updates, strict=True):
                    p.mul_(1 - group["lr"] * group["weight_decay"])
                    p.add_(update, alpha=-size)

    def _nesterov(self, p: Tensor, group: dict[str, float]) -> Tensor:
        state = self.state[p]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(p)
        average: Tensor = state["momentum_buffer"]
        assert p.grad is not None
        average.lerp_(p.grad, 1 - group["momentum"])
        return p.grad.lerp(average, group["momentum"])
