"""Training the student: seeded, resumable, MiniCPM's warm-up / stable / decay schedule.

Matrices are trained with Muon, embeddings and norms with AdamW. Runs on CUDA where there is one.
Everything random is a function of the seed and the step, so a resumed run is the run itself.
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from wenhuo_models.distill.curve import CURVE, Curve
from wenhuo_models.distill.muon import Muon
from wenhuo_models.distill.precision import compile_blocks, mixed_precision
from wenhuo_models.distill.rows import INTENT, SCHEDULE, Encoded, as_tensors, batches
from wenhuo_models.distill.teacher import TopLogits, divergence
from wenhuo_models.minicpm.config import MiniCPMConfig
from wenhuo_models.minicpm.model import MiniCPM

log = logging.getLogger(__name__)

_REPORT_STEPS = 20
_WORTH_COMPILING = 300  # steps; compiling takes as long as fifty


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """steps: optimizer steps in all. tokens: per batch, padding included. decay: the last share of
    the steps, in which the rate falls. swap: share of a prompt's plain tokens replaced at random,
    so that the student does not hang on single words; functional: ids below are never replaced, and
    they alone are written, so the loss is among them, as on the device.
    intent_weight: how much a word of the intent counts, beside one of the schedule. kl_weight: how
    much the teacher counts, where there is one, beside the label."""

    steps: int
    functional: int
    tokens: int = 3072
    matrix_rate: float = 0.008
    vector_rate: float = 0.003
    weight_decay: float = 0.05
    warmup: int = 100
    decay: float = 0.4
    swap: float = 0.02
    intent_weight: float = 3.0
    kl_weight: float = 0.5
    seed: int = 1
    checkpoint_s: float = 240.0


@dataclass(frozen=True, slots=True)
class Score:
    """Teacher-forced: mean loss of a token, share of intents and of schedules with every word
    right."""

    loss: float
    intent_exact: float
    schedule_exact: float


def rate_at(step: int, options: TrainOptions) -> float:
    """Share of the peak learning rate at a step: warm-up, stable (arXiv 2404.06395, section 4),
    then a fall as 1 - sqrt, which does better than an exponential (arXiv 2405.18392, section 4)."""
    if step < options.warmup:
        return (step + 1) / options.warmup
    decay_steps = max(1, round(options.steps * options.decay))
    into = step - (options.steps - decay_steps)
    return 1.0 if into <= 0 else 1.0 - math.sqrt(into / decay_steps)


class Trainer:
    """One training run and its checkpoint file."""

    def __init__(
        self,
        config: MiniCPMConfig,
        options: TrainOptions,
        checkpoint: Path,
        initial: MiniCPM | None = None,
    ) -> None:
        """initial: weights to begin with instead of random ones, where there is no checkpoint."""
        self.options = options
        self.checkpoint = checkpoint
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(options.seed)
        self.model = (initial or MiniCPM(config)).to(self.device)
        matrices = [p for p in self.model.model.layers.parameters() if p.ndim == 2]
        chosen = {id(p) for p in matrices}
        vectors = [p for p in self.model.parameters() if id(p) not in chosen]
        self.optimizers: list[torch.optim.Optimizer] = [
            Muon(matrices, options.matrix_rate, options.weight_decay),
            torch.optim.AdamW(
                vectors, lr=options.vector_rate, betas=(0.9, 0.95), weight_decay=0.0, fused=True
            ),
        ]
        self.step, self.epoch, self.batch = 0, 0, 0
        if checkpoint.exists():
            self._restore()

    def run(
        self,
        rows: Encoded,
        watch: dict[str, Encoded],
        until: int | None = None,
        teacher: TopLogits | None = None,
    ) -> None:
        """Train to the last step (or `until`), saving as it goes; logs scores on watched rows.

        teacher: what a teacher answers to these rows; counts with options.kl_weight.
        """
        if self.options.steps >= _WORTH_COMPILING:
            compile_blocks(self.model, self.device)
        last = self.options.steps if until is None else until
        curve = Curve(self.checkpoint.with_name(CURVE), self.step)
        begun, first, saved, seen = time.monotonic(), self.step, time.monotonic(), 0
        losses: list[float] = []
        while self.step < last:
            rng = np.random.default_rng((self.options.seed, self.epoch))
            todo = list(batches(rows, self.options.tokens, rng))
            while self.batch < len(todo) and self.step < last:
                chosen = todo[self.batch]
                losses.append(self._learn(rows, chosen, teacher))
                seen += int(rows.lengths[chosen].sum())
                self.step, self.batch = self.step + 1, self.batch + 1
                if self.step % _REPORT_STEPS == 0:
                    self._progress(curve, losses, seen, (first, last, time.monotonic() - begun))
                    losses = []
                if time.monotonic() - saved > self.options.checkpoint_s:
                    self.save()
                    self._watch(curve, watch)
                    saved = time.monotonic()
            if self.batch >= len(todo):
                self.epoch, self.batch = self.epoch + 1, 0
        self.save()
        self._watch(curve, watch)

    def _progress(
        self, curve: Curve, losses: list[float], seen: int, span: tuple[int, int, float]
    ) -> None:
        first, last, spent_s = span
        loss = sum(losses) / len(losses)
        curve.add(self.step, "train", loss)
        log.info(
            "step %d/%d epoch %d loss %.4f rate %.3f %.0f tok/s, %.1f min left",
            *(self.step, last, self.epoch, loss, rate_at(self.step, self.options)),
            *(seen / spent_s, spent_s / (self.step - first) * (last - self.step) / 60),
        )

    def _watch(self, curve: Curve, watch: dict[str, Encoded]) -> None:
        for name, rows in watch.items():
            s = score(self.model, rows, self.options.tokens, self.options.functional)
            curve.add(self.step, name, s.loss, s.intent_exact, s.schedule_exact)
            log.info(
                "step %d %s: loss %.4f, intents exact %.2f %%, schedules exact %.2f %%",
                *(self.step, name, s.loss, 100 * s.intent_exact, 100 * s.schedule_exact),
            )

    def _learn(
        self, rows: Encoded, chosen: NDArray[np.int64], teacher: TopLogits | None = None
    ) -> float:
        rate = rate_at(self.step, self.options)
        peaks = (self.options.matrix_rate, self.options.vector_rate)
        for optimizer, peak in zip(self.optimizers, peaks, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = peak * rate
        inputs, targets, half = as_tensors(rows, chosen)
        inputs = self._swapped(inputs, half)
        inputs, targets, half = (t.to(self.device) for t in (inputs, targets, half))
        says = teacher.of(chosen, self.device) if teacher else None
        loss = own_loss(self.model, (inputs, targets, half), self.options, says)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad()
        return float(loss.detach())

    def _swapped(self, inputs: Tensor, half: Tensor) -> Tensor:
        generator = torch.Generator().manual_seed(self.options.seed * 1_000_003 + self.step)
        plain = inputs >= self.options.functional
        hit = (torch.rand(inputs.shape, generator=generator) < self.options.swap) & plain
        pool = inputs[plain]
        if pool.numel() == 0:
            return inputs
        other = pool[torch.randint(pool.numel(), inputs.shape, generator=generator)]
        return torch.where(hit, other, inputs)

    def save(self) -> None:
        """Write the checkpoint; a run killed at any moment leaves a whole one."""
        state = {
            "model": self.model.state_dict(),
            "optimizers": [o.state_dict() for o in self.optimizers],
            "at": (self.step, self.epoch, self.batch),
        }
        part = self.checkpoint.with_suffix(".part")
        torch.save(state, part)
        part.replace(self.checkpoint)

    def _restore(self) -> None:
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.step, self.epoch, self.batch = state["at"]
        log.info("resumed at step %d from %s", self.step, self.checkpoint.name)


def own_loss(
    model: MiniCPM,
    batch: tuple[Tensor, Tensor, Tensor],
    options: TrainOptions,
    says: tuple[Tensor, Tensor] | None = None,
) -> Tensor:
    """Mean loss of the words that the model writes itself, the intent's weighted.

    batch: inputs, targets, half of as_tensors(). A word's loss is its cross-entropy; where a
    teacher says (TopLogits.of) what it thinks, mixed by kl_weight with the divergence from that.
    """
    inputs, targets, half = batch
    own = half > 0
    with mixed_precision(inputs.device):
        logits = model.logits(model.hidden(inputs)[own], options.functional)
    losses = F.cross_entropy(logits.float(), targets[own], reduction="none")
    if says is not None:
        far = divergence(logits.float(), *says)
        losses = (1 - options.kl_weight) * losses + options.kl_weight * far
    weights = torch.where(half[own] == INTENT, options.intent_weight, 1.0)
    return (losses * weights).sum() / weights.sum()


@torch.no_grad()
def score(model: MiniCPM, rows: Encoded, tokens: int, functional: int) -> Score:
    """Teacher-forced score of a model on rows, of the tokens that can be written alone."""
    device = next(model.parameters()).device
    losses, words = 0.0, 0
    right: dict[int, list[bool]] = {INTENT: [], SCHEDULE: []}
    for chosen in batches(rows, tokens, np.random.default_rng(0)):
        inputs, targets, half = (t.to(device) for t in as_tensors(rows, chosen))
        own = half > 0
        with mixed_precision(device):
            logits = model.logits(model.hidden(inputs)[own], functional).float()
        losses += float(F.cross_entropy(logits, targets[own], reduction="sum"))
        words += int(own.sum())
        wrong = torch.zeros_like(own)
        wrong[own] = logits.argmax(-1) != targets[own]
        for which in right:
            right[which] += (~wrong.any(1))[half.amax(1) == which].tolist()
    exact = [sum(lines) / max(1, len(lines)) for lines in right.values()]
    return Score(losses / max(1, words), *exact)


def steps_for(minutes: float, config: MiniCPMConfig, options: TrainOptions, rows: Encoded) -> int:
    """How many steps fit in the time, by timing a few on a copy that is thrown away."""
    trial = Trainer(config, options, Path("never-written"))
    compile_blocks(trial.model, trial.device)
    todo = list(batches(rows, options.tokens, np.random.default_rng(options.seed)))
    trial._learn(rows, todo[0])
    begun, count = time.monotonic(), 0
    for chosen in todo[1:9]:
        trial._learn(rows, chosen)
        count += 1
    return max(1, int(minutes * 60 * max(1, count) / (time.monotonic() - begun)))
