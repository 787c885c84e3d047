"""The same model in transformers' words: Granite, an independent reference for our numbers."""

from __future__ import annotations

import torch

from wenhuo_models.minicpm.model import MiniCPM


def as_granite(model: MiniCPM) -> torch.nn.Module:
    """A Granite model with this model's weights; MiniCPM's scalings are Granite's multipliers."""
    from transformers import GraniteConfig, GraniteForCausalLM  # noqa: PLC0415  # slow to import

    c = model.config
    rope: dict[str, object] = {"rope_type": "default", "rope_theta": c.rope_theta}
    if c.rope_factors:
        factors = {"short_factor": list(c.rope_factors), "long_factor": list(c.rope_factors)}
        length = {"original_max_position_embeddings": c.max_position_embeddings}
        rope |= {"rope_type": "longrope", **factors, **length}
    config = GraniteConfig(  # type: ignore[call-arg]  # passed on as **kwargs
        vocab_size=c.vocab_size,
        hidden_size=c.hidden_size,
        intermediate_size=c.intermediate_size,
        num_hidden_layers=c.num_hidden_layers,
        num_attention_heads=c.num_attention_heads,
        num_key_value_heads=c.num_key_value_heads,
        head_dim=c.head_dim,
        max_position_embeddings=c.max_position_embeddings,
        rms_norm_eps=c.rms_norm_eps,
        rope_parameters=rope,
        embedding_multiplier=c.scale_emb,
        residual_multiplier=c.residual_scale,
        logits_scaling=c.logits_divisor,
        attention_multiplier=c.head_dim**-0.5,
        tie_word_embeddings=True,
        attn_implementation="eager",
    )
    reference: torch.nn.Module = GraniteForCausalLM(config)
    found = reference.load_state_dict(model.state_dict(), strict=False)
    if set(found.missing_keys) - {"lm_head.weight"} or found.unexpected_keys:
        raise ValueError(f"Granite has other tensors than MiniCPM: {found}")
    reference.tie_weights()  # type: ignore[operator]
    return reference.eval()
