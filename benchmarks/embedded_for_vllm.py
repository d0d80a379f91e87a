"""The embedded model as a folder vLLM can serve: `python embedded_for_vllm.py MODEL.gguf FOLDER`.

Run by the Python of vLLM's environment, with the package gguf beside it. Writes
the weights as bfloat16, once the quantized ones are spread out again: the same model, without
what quantizing it took away. Takes minutes and 5 GB of memory.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

_PARTS = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_WHOLE = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}


def main(source: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    save_config(source, folder)
    save_weights(source, folder)


def save_config(source: Path, folder: Path) -> None:
    """Tokenizer, template and shape, as transformers reads them out of the GGUF file."""
    from transformers import AutoConfig, AutoTokenizer  # type: ignore[import-not-found,unused-ignore]

    place: dict[str, Any] = {"gguf_file": source.name}
    AutoTokenizer.from_pretrained(source.parent, **place).save_pretrained(folder)
    config = AutoConfig.from_pretrained(source.parent, **place).to_dict()
    config |= {
        "architectures": ["Qwen2ForCausalLM"],
        "dtype": "bfloat16",
        "tie_word_embeddings": False,  # quantized on its own, so no longer equal
    }
    config.pop("quantization_config", None)
    (folder / "config.json").write_text(json.dumps(config, indent=1))


def save_weights(source: Path, folder: Path) -> None:
    import torch  # type: ignore[import-not-found,unused-ignore]
    from gguf import GGUFReader, dequantize  # type: ignore[import-not-found,unused-ignore]
    from safetensors.torch import save_file  # type: ignore[import-not-found,unused-ignore]

    tensors = {}
    for tensor in GGUFReader(source).tensors:
        values = dequantize(tensor.data, tensor.tensor_type)
        tensors[name_in_transformers(tensor.name)] = torch.tensor(values, dtype=torch.bfloat16)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def name_in_transformers(name: str) -> str:
    """What transformers calls a tensor of a GGUF file of a Qwen2.

    >>> name_in_transformers("blk.3.attn_q.bias")
    'model.layers.3.self_attn.q_proj.bias'
    """
    stem, _, kind = name.rpartition(".")
    if stem in _WHOLE:
        return f"{_WHOLE[stem]}.{kind}"
    _, layer, part = stem.split(".")
    return f"model.layers.{layer}.{_PARTS[part]}.{kind}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
