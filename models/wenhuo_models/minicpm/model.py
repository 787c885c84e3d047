"""MiniCPM, whole: a Llama block (GQA, RMSNorm, SwiGLU, RoPE), tied embeddings, three scalings.

Parameters carry the names of the official Hugging Face checkpoints. Shapes: B batch, T tokens,
C hidden, H heads, K key/value heads, D head size, V vocabulary.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  # the name torch's own code uses

from wenhuo_models.minicpm.config import MiniCPMConfig


class RMSNorm(nn.Module):
    """x / rms(x) * weight."""

    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """Normalise the last axis."""
        return F.rms_norm(x, x.shape[-1:], self.weight, self.eps)


def rope_table(config: MiniCPMConfig, length: int) -> tuple[Tensor, Tensor]:
    """cos and sin, each [length, D/2], of the angles position * theta^(-2i/D) / factor."""
    half = torch.arange(0, config.head_dim, 2, dtype=torch.float64) / config.head_dim
    speeds = config.rope_theta**-half
    if config.rope_factors:
        speeds = speeds / torch.tensor(config.rope_factors, dtype=torch.float64)
    angles = torch.outer(torch.arange(length, dtype=torch.float64), speeds)
    return angles.cos().float(), angles.sin().float()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn the pairs (i, i + D/2) of the last axis; cos and sin broadcast to [.., D/2]."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)


class Attention(nn.Module):
    """Causal grouped-query attention."""

    def __init__(self, c: MiniCPMConfig) -> None:
        super().__init__()
        self.heads, self.kv_heads, self.head_dim = (
            c.num_attention_heads,
            c.num_key_value_heads,
            c.head_dim,
        )
        self.q_proj = nn.Linear(c.hidden_size, self.heads * c.head_dim, bias=False)
        self.k_proj = nn.Linear(c.hidden_size, self.kv_heads * c.head_dim, bias=False)
        self.v_proj = nn.Linear(c.hidden_size, self.kv_heads * c.head_dim, bias=False)
        self.o_proj = nn.Linear(self.heads * c.head_dim, c.hidden_size, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """[B, T, C] -> [B, T, C]; every token sees itself and what stands before it.

        Written out: for the short rows of this project torch's fused attention is slower on a CPU
        (forward and backward of a 64 x 48 batch of the nano student: 0.92 s against 0.60 s).
        """
        b, t, _ = x.shape
        groups = self.heads // self.kv_heads
        q = self.q_proj(x).view(b, t, self.heads, self.head_dim).transpose(1, 2)
        k = self.k_proj(x).view(b, t, self.kv_heads, self.head_dim).transpose(1, 2)
        v = self.v_proj(x).view(b, t, self.kv_heads, self.head_dim).transpose(1, 2)
        q, k = rotate(q, cos, sin).type_as(v), rotate(k, cos, sin).type_as(v)
        k, v = k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1)
        later = torch.full((t, t), -torch.inf, dtype=q.dtype, device=q.device).triu(1)
        weights = torch.softmax(q @ k.transpose(-1, -2) * self.head_dim**-0.5 + later, dim=-1)
        mixed = weights.type_as(v) @ v
        out: Tensor = self.o_proj(mixed.transpose(1, 2).reshape(b, t, -1))
        return out


class MLP(nn.Module):
    """SwiGLU: down(silu(gate(x)) * up(x))."""

    def __init__(self, c: MiniCPMConfig) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(c.hidden_size, c.intermediate_size, bias=False)
        self.up_proj = nn.Linear(c.hidden_size, c.intermediate_size, bias=False)
        self.down_proj = nn.Linear(c.intermediate_size, c.hidden_size, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """[B, T, C] -> [B, T, C]."""
        out: Tensor = self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))
        return out


class Block(nn.Module):
    """Two residual branches, each scaled by scale_depth / sqrt(layers)."""

    def __init__(self, c: MiniCPMConfig) -> None:
        super().__init__()
        self.input_layernorm = RMSNorm(c.hidden_size, c.rms_norm_eps)
        self.self_attn = Attention(c)
        self.post_attention_layernorm = RMSNorm(c.hidden_size, c.rms_norm_eps)
        self.mlp = MLP(c)
        self.scale = c.residual_scale

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """[B, T, C] -> [B, T, C]."""
        x = x + self.scale * self.self_attn(self.input_layernorm(x), cos, sin)
        out: Tensor = x + self.scale * self.mlp(self.post_attention_layernorm(x))
        return out


class Trunk(nn.Module):
    """Embedding, blocks and the last norm (the official checkpoints' `model.` prefix)."""

    def __init__(self, c: MiniCPMConfig) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(c.vocab_size, c.hidden_size)
        self.layers = nn.ModuleList(Block(c) for _ in range(c.num_hidden_layers))
        self.norm = RMSNorm(c.hidden_size, c.rms_norm_eps)


class MiniCPM(nn.Module):
    """The language model."""

    def __init__(self, config: MiniCPMConfig) -> None:
        super().__init__()
        self.config = config
        self.model = Trunk(config)
        self.apply(self._init)

    def _init(self, module: nn.Module) -> None:
        # Width transfer (arXiv 2404.06395): matrices shrink with sqrt(width / base), embeddings
        # do not.
        c = self.config
        if isinstance(module, nn.Linear):
            std = c.initializer_range / (c.hidden_size / c.dim_model_base) ** 0.5
            nn.init.normal_(module.weight, std=std)
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=c.initializer_range)

    def hidden(self, ids: Tensor) -> Tensor:
        """[B, T] ids -> [B, T, C], normalised, ready for logits()."""
        cos, sin = rope_table(self.config, ids.shape[1])
        cos, sin = cos.to(ids.device), sin.to(ids.device)
        x = self.model.embed_tokens(ids) * self.config.scale_emb
        for block in self.model.layers:
            x = block(x, cos, sin)
        out: Tensor = self.model.norm(x)
        return out

    def logits(self, hidden: Tensor, tokens: int | None = None) -> Tensor:
        """[.., C] -> [.., V], through the tied embedding; of the first `tokens` alone if given."""
        rows = self.model.embed_tokens.weight[:tokens]
        return F.linear(hidden / self.config.logits_divisor, rows)

    def forward(self, ids: Tensor) -> Tensor:
        """[B, T] ids -> [B, T, V] logits of the next token."""
        return self.logits(self.hidden(ids))
