"""The student's graph as the device runs it.

Same numbers as minicpm.model, other shape of work: scalings and norm weights are folded into the
matrices, Q/K/V and gate/up are one matrix each, the host owns the key/value cache and gets only the
new rows, and only the functional tokens, the only ones an answer can have, have output logits.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from wenhuo_models.minicpm.config import MiniCPMConfig
from wenhuo_models.minicpm.model import Block, MiniCPM, rope_table

_HIDDEN = -1e9  # added to the score of what must not be seen


def _linear(weight: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=False)
    layer.weight = nn.Parameter(weight.detach().clone())
    return layer


class DeviceBlock(nn.Module):
    """One block over a cache that the host keeps."""

    def __init__(self, block: Block, c: MiniCPMConfig) -> None:
        super().__init__()
        self.c = c
        a, m = block.self_attn, block.mlp
        before, between = block.input_layernorm.weight, block.post_attention_layernorm.weight
        q = a.q_proj.weight / math.sqrt(c.head_dim)
        self.qkv = _linear(torch.cat((q, a.k_proj.weight, a.v_proj.weight)) * before)
        self.out = _linear(a.o_proj.weight * c.residual_scale)
        self.gate_up = _linear(torch.cat((m.gate_proj.weight, m.up_proj.weight)) * between)
        self.down = _linear(m.down_proj.weight * c.residual_scale)

    def forward(
        self,
        x: Tensor,
        angles: tuple[Tensor, Tensor],
        mask: Tensor,
        cache: tuple[Tensor, Tensor] | None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """x [T, C], mask [1, G*T, S+T], cache keys and values [K, S, D] -> x, new ones [K, T, D].

        cache: None where nothing was fed before (S = 0).
        """
        c, t = self.c, x.shape[0]
        heads, kv, d = c.num_attention_heads, c.num_key_value_heads, c.head_dim
        qkv = self.qkv(_rms(x, c.rms_norm_eps)).view(t, heads + 2 * kv, d)
        turned = _rotate(qkv[:, : heads + kv], *angles).transpose(0, 1)
        q = turned[:heads].reshape(kv, heads // kv * t, d)
        new_keys, new_values = turned[heads:], qkv[:, heads + kv :].transpose(0, 1)
        mixed = _attend(q, (new_keys, new_values), mask, cache)
        mixed = mixed.view(heads, t, d).transpose(0, 1).reshape(t, heads * d)
        x = x + self.out(mixed)
        gate, up = self.gate_up(_rms(x, c.rms_norm_eps)).split(c.intermediate_size, dim=-1)
        return x + self.down(F.silu(gate) * up), new_keys, new_values


class DeviceModel(nn.Module):
    """The whole student; one module serves every signature, only T differs."""

    def __init__(self, model: MiniCPM, outputs: int, context: int) -> None:
        """outputs: how many of the first token ids (the functional ones) get logits."""
        super().__init__()
        c = model.config
        self.config, self.context = c, context
        self.eps = c.rms_norm_eps
        self.embed = nn.Embedding(c.vocab_size, c.hidden_size)
        table = model.model.embed_tokens.weight.detach()
        self.embed.weight = nn.Parameter(table * c.scale_emb)
        self.blocks = nn.ModuleList(DeviceBlock(b, c) for b in model.model.layers)  # type: ignore[arg-type]
        self.head = _linear(table[:outputs] * model.model.norm.weight / c.logits_divisor)
        cos, sin = rope_table(c, context)
        self.cos, self.sin = nn.Buffer(cos), nn.Buffer(sin)

    def angles(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """cos and sin [T, 1, D/2] at positions [T]."""
        cos = self.cos.index_select(0, positions).unsqueeze(1)
        return cos, self.sin.index_select(0, positions).unsqueeze(1)

    def inputs(self, size: int, rows: int, wanted: int = 1) -> tuple[Tensor, ...]:
        """Arguments of forward() for `size` tokens of id 0 after an empty cache of `rows` rows (0:
        after none); a token sees itself and what stands before it. wanted: of how many tokens, the
        last ones here, logits are asked for."""
        c = self.config
        groups = c.num_attention_heads // c.num_key_value_heads
        mask = torch.full((size, rows + size), _HIDDEN)
        mask[:, rows:] = mask[:, rows:].triu(1)
        ids, positions = torch.zeros(size, dtype=torch.int32), torch.arange(size).int()
        last = torch.arange(size - wanted, size).int()
        fed = (ids, positions, last, mask.repeat(groups, 1).flatten())
        if not rows:
            return fed
        cache = torch.zeros(c.num_hidden_layers * c.num_key_value_heads * rows * c.head_dim)
        return (*fed, cache, cache.clone())

    def mask(self, flat: Tensor, size: int) -> Tensor:
        """The mask input as the blocks take it, [1, G*T, S+T]."""
        c = self.config
        groups = c.num_attention_heads // c.num_key_value_heads
        return flat.view(1, groups * size, -1)

    def forward(  # noqa: PLR0917  # the order is that of the file's inputs
        self,
        ids: Tensor,
        positions: Tensor,
        last: Tensor,
        mask: Tensor,
        keys: Tensor | None = None,
        values: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Feed T tokens.

        All are flat, since the host's own memory can only stand in for flat tensors.
        ids, positions [T] int32; last [R] int32, the rows whose logits are wanted; mask
        [G*T * (S+T)] added to scores; keys, values [L*K*S*D], None where S = 0. Returns logits
        [R * outputs] and the new rows, keys and values [L*K*T*D].
        """
        x, angles, seen = self.embed(ids), self.angles(positions), self.mask(mask, len(ids))
        all_keys, all_values = [], []
        for i, block in enumerate(self.blocks):
            cache = None
            if keys is not None and values is not None:
                cache = self._layer(keys, i), self._layer(values, i)
            x, k, v = block(x, angles, seen, cache)
            all_keys.append(k.reshape(-1))
            all_values.append(v.reshape(-1))
        chosen = _rms(F.embedding(last, x), self.eps)
        return self.head(chosen).reshape(-1), torch.cat(all_keys), torch.cat(all_values)

    def _layer(self, rows: Tensor, number: int) -> Tensor:
        """One layer's [K, S, D] of a cache [L*K*S*D]."""
        c = self.config
        count = len(rows) // c.num_hidden_layers
        layer = rows[number * count : (number + 1) * count]
        return layer.view(c.num_key_value_heads, -1, c.head_dim)


def _attend(
    q: Tensor, new: tuple[Tensor, Tensor], mask: Tensor, cache: tuple[Tensor, Tensor] | None
) -> Tensor:
    """q [K, G*T, D] over the cache's rows and the new ones -> [K, G*T, D]."""
    scores = torch.bmm(q, new[0].transpose(1, 2))
    if cache is None:
        return torch.bmm(torch.softmax(scores + mask, dim=-1), new[1])
    old, rows = torch.bmm(q, cache[0].transpose(1, 2)), cache[0].shape[1]
    weights = torch.softmax(torch.cat((old, scores), dim=-1) + mask, dim=-1)
    return torch.bmm(weights[..., :rows], cache[1]) + torch.bmm(weights[..., rows:], new[1])


def _rms(x: Tensor, eps: float) -> Tensor:
    return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + eps)


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    half = x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)
