"""GPTQ: weights moved onto the int4 grid so that what a layer answers changes least.

Frantar et al., arXiv 2210.17323: columns are rounded one after the other, and each one's error is
taken up by those not yet rounded, by the second moments of the layer's inputs. The quantizer of
export.tflite then finds the grid again: in each block one weight stands on the largest code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from wenhuo_models.export.graph import DeviceModel

BLOCK = 32  # weights along a row that share a scale
_LARGEST = 7  # code of a block's largest weight; -8 is left unused
_DAMPING = 0.01  # of the mean second moment, added to the diagonal (the paper's value)
_SHRINKS = torch.linspace(1.0, 0.7, 13).tolist()  # of a block's scale: clipping can cost less
# A block of zeros would get scale 0, which XNNPACK refuses. The least scale is the least normal
# float16, and one weight of such a block becomes 7 times that, 0.0004.
_LEAST = 2.0**-14


@torch.no_grad()
def snap(model: DeviceModel, lines: Sequence[Sequence[int]]) -> None:
    """Move the blocks' matrices of a model onto the int4 grid, in place.

    lines: token ids of calibration lines. Each block sees them as the blocks before it, already
    snapped, hand them on. The head and the embedding are left as they are.
    """
    states = []
    for line in lines:
        _, positions, _, mask = model.inputs(len(line), rows=0)
        rest = (model.angles(positions), model.mask(mask, len(line)), None)
        states.append((model.embed(torch.tensor(line)), rest))
    for block in model.blocks:
        layers = [layer for layer in block.modules() if isinstance(layer, nn.Linear)]
        with _second_moments(layers) as moments:
            for x, rest in states:
                block(x, *rest)
        for layer, moment in zip(layers, moments, strict=True):
            layer.weight.data = snapped(layer.weight, moment)
        states = [(block(x, *rest)[0], rest) for x, rest in states]


def snapped(weight: Tensor, moment: Tensor) -> Tensor:
    """A matrix [out, in] on the grid, given its inputs' second moments [in, in]."""
    moment = moment.double().clone()
    silent = moment.diagonal() == 0
    moment[silent, silent] = 1
    moment.diagonal().add_(_DAMPING * moment.diagonal().mean())
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(moment))
    inverse = torch.linalg.cholesky(inverse, upper=True)
    left, importance = weight.double().clone(), moment.diagonal()
    result = torch.zeros_like(left)
    for start in range(0, left.shape[1], BLOCK):
        end = min(start + BLOCK, left.shape[1])
        scale = _scale(left[:, start:end], importance[start:end])
        top, at = _top(left[:, start:end], scale)
        for i in range(start, end):
            result[:, i] = torch.where(at == i - start, top, _rounded(left[:, i], scale))
            error = (left[:, i] - result[:, i]) / inverse[i, i]
            left[:, i:] -= torch.outer(error, inverse[i, i:])
    return result.type_as(weight)


def _rounded(values: Tensor, scale: Tensor) -> Tensor:
    return (values / scale).round().clamp(-_LARGEST, _LARGEST) * scale


def _top(block: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
    """What the largest weight of each row of a block becomes, the largest code, and its place."""
    at = block.abs().argmax(1)
    negative = block.gather(1, at[:, None])[:, 0] < 0
    return torch.where(negative, -_LARGEST, _LARGEST) * scale, at


def _scale(block: Tensor, importance: Tensor) -> Tensor:
    """The scale of each row [out] of a block [out, n] that loses least, in the file's own float:
    float16 with a mantissa of seven bits."""
    largest = block.abs().amax(1).clamp_min(_LARGEST * _LEAST)
    best, least = largest, torch.full_like(largest, torch.inf)
    for shrink in _SHRINKS:
        scale = (largest * shrink / _LARGEST).clamp_min(_LEAST).bfloat16().double()
        lost = ((block - _rounded(block, scale[:, None])) ** 2 * importance).sum(1)
        best = torch.where(lost < least, scale, best)
        least = torch.minimum(lost, least)
    return best


@contextmanager
def _second_moments(layers: Sequence[nn.Linear]) -> Iterator[list[Tensor]]:
    """Sums of x x^T, each [in, in], over the inputs x that each layer gets inside."""
    sums = [torch.zeros(layer.in_features, layer.in_features) for layer in layers]

    def add(total: Tensor, x: Tensor) -> None:
        total += x.T @ x

    hooks = [
        layer.register_forward_pre_hook(lambda _, args, total=total: add(total, args[0]))
        for layer, total in zip(layers, sums, strict=True)
    ]
    yield sums
    for hook in hooks:
        hook.remove()
