"""The student as a GGUF file for llama.cpp (arch `minicpm`): a second engine to compare with.

Metadata and tensor names are those of llama.cpp's own converter (conversion/minicpm.py). Text must
be tokenized by tokenizer.json and given as ids: a GGUF vocabulary cannot say that this tokenizer
folds case and widths and drops blanks; it carries the pieces, so that ids come back as text.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter, LlamaFileType, TokenType, quants
from numpy.typing import NDArray
from torch import Tensor

from wenhuo.errors import ModelError
from wenhuo.llm.tokenizer import Tokenizer
from wenhuo_models.minicpm.config import MiniCPMConfig
from wenhuo_models.minicpm.model import MiniCPM

_BLOCK = 32  # of q8_0 and q4_0; a matrix with other rows stays float32
KINDS = {
    "f32": (GGMLQuantizationType.F32, LlamaFileType.ALL_F32),
    "q8_0": (GGMLQuantizationType.Q8_0, LlamaFileType.MOSTLY_Q8_0),
    "q4_0": (GGMLQuantizationType.Q4_0, LlamaFileType.MOSTLY_Q4_0),
}
_NAMES = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def write_gguf(model: MiniCPM, tokenizer: Tokenizer, path: Path, kind: str = "f32") -> None:
    """Write the model; kind is one of KINDS, and gguf's own quantizers are used for it.

    Raises ModelError for a LongRoPE model, whose factors this does not write.
    """
    if model.config.rope_factors:
        raise ModelError(f"{path}: a model with LongRoPE is not written, only plain rope is")
    stored, file_type = KINDS[kind]
    writer = GGUFWriter(path, "minicpm")
    _add_sizes(writer, model.config, file_type)
    _add_vocabulary(writer, tokenizer)
    for name, weight in _tensors(model):
        matrix = weight.ndim == 2 and weight.shape[1] % _BLOCK == 0
        kept = stored if matrix else GGMLQuantizationType.F32
        writer.add_tensor(name, quants.quantize(weight, kept), raw_dtype=kept)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_sizes(writer: GGUFWriter, c: MiniCPMConfig, file_type: LlamaFileType) -> None:
    writer.add_file_type(file_type)
    writer.add_vocab_size(c.vocab_size)
    writer.add_context_length(c.max_position_embeddings)
    writer.add_embedding_length(c.hidden_size)
    writer.add_feed_forward_length(c.intermediate_size)
    writer.add_block_count(c.num_hidden_layers)
    writer.add_head_count(c.num_attention_heads)
    writer.add_head_count_kv(c.num_key_value_heads)
    writer.add_key_length(c.head_dim)
    writer.add_value_length(c.head_dim)
    writer.add_layer_norm_rms_eps(c.rms_norm_eps)
    writer.add_rope_dimension_count(c.head_dim)
    writer.add_rope_freq_base(c.rope_theta)
    writer.add_embedding_scale(c.scale_emb)
    writer.add_residual_scale(c.residual_scale)
    writer.add_logit_scale(c.logits_divisor)


def _add_vocabulary(writer: GGUFWriter, tokenizer: Tokenizer) -> None:
    """Pieces in order of their ids; a merge made later scores lower, as in SentencePiece's BPE."""
    pieces = sorted(tokenizer.pieces.items(), key=lambda item: item[1])
    types = [TokenType.CONTROL] * len(tokenizer.names)
    for text, _ in pieces[len(types) :]:
        types.append(TokenType.BYTE if text.startswith("<0x") else TokenType.NORMAL)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([text for text, _ in pieces])
    writer.add_token_scores([-float(number) for _, number in pieces])
    writer.add_token_types(types)
    writer.add_bos_token_id(tokenizer.ids(["<|bos|>"])[0])
    writer.add_eos_token_id(tokenizer.end)
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)


def _tensors(model: MiniCPM) -> list[tuple[str, NDArray[np.float32]]]:
    c = model.config
    found = [
        ("token_embd.weight", _array(model.model.embed_tokens.weight)),
        ("output_norm.weight", _array(model.model.norm.weight)),
    ]
    for i, block in enumerate(model.model.layers):
        weights = dict(block.named_parameters())
        for ours, theirs in _NAMES.items():
            weight: Tensor = weights[f"{ours}.weight"]
            if ours == "self_attn.q_proj":
                weight = _paired(weight, c.num_attention_heads)
            if ours == "self_attn.k_proj":
                weight = _paired(weight, c.num_key_value_heads)
            found.append((f"blk.{i}.{theirs}.weight", _array(weight)))
    return found


def _paired(weight: Tensor, heads: int) -> Tensor:
    """Rows in llama.cpp's order: it turns neighbours (2i, 2i + 1), we turn (i, i + D/2)."""
    halves = weight.view(heads, 2, -1, weight.shape[1])
    return halves.transpose(1, 2).reshape(weight.shape)


def _array(weight: Tensor) -> NDArray[np.float32]:
    return weight.detach().cpu().float().contiguous().numpy()
