"""A tiny language model in a GGUF file, written here: random weights, one token per byte."""

from __future__ import annotations

import random
import struct
from pathlib import Path

TEMPLATE = (
    "{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)
_WIDTH, _HEADS, _FEED, _CONTEXT = 32, 2, 64, 4096
_ALIGNMENT = 32
_U32, _F32, _TEXT, _ARRAY, _I32 = 4, 6, 8, 9, 5


def write_tiny_gguf(path: Path, *, template: str | None = TEMPLATE) -> Path:
    """Write the model; without a template it cannot be asked in turns."""
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    keys: list[tuple[str, bytes]] = [
        ("general.architecture", _text("llama")),
        ("general.name", _text("tiny")),
        ("llama.context_length", _u32(_CONTEXT)),
        ("llama.embedding_length", _u32(_WIDTH)),
        ("llama.block_count", _u32(1)),
        ("llama.feed_forward_length", _u32(_FEED)),
        ("llama.attention.head_count", _u32(_HEADS)),
        ("llama.attention.layer_norm_rms_epsilon", _f32(1e-5)),
        ("llama.vocab_size", _u32(len(tokens))),
        ("tokenizer.ggml.model", _text("llama")),
        ("tokenizer.ggml.tokens", _array(_TEXT, [_string(t) for t in tokens])),
        ("tokenizer.ggml.scores", _array(_F32, [struct.pack("<f", 0.0)] * len(tokens))),
        ("tokenizer.ggml.token_type", _array(_I32, [struct.pack("<i", k) for k in _kinds()])),
        ("tokenizer.ggml.bos_token_id", _u32(1)),
        ("tokenizer.ggml.eos_token_id", _u32(2)),
    ]
    if template is not None:
        keys.append(("tokenizer.chat_template", _text(template)))
    tensors = _tensors(len(tokens))
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys))
    head += b"".join(_string(name) + value for name, value in keys)
    offset, body = 0, b""
    for name, shape in tensors:
        head += _string(name) + struct.pack("<I", len(shape))
        head += b"".join(struct.pack("<Q", size) for size in shape) + struct.pack("<IQ", 0, offset)
        data = _weights(shape)
        body += data + b"\0" * (-len(data) % _ALIGNMENT)
        offset = len(body)
    path.write_bytes(head + b"\0" * (-len(head) % _ALIGNMENT) + body)
    return path


def _tensors(vocabulary: int) -> list[tuple[str, tuple[int, ...]]]:
    block = {
        "attn_norm": (_WIDTH,),
        "attn_q": (_WIDTH, _WIDTH),
        "attn_k": (_WIDTH, _WIDTH),
        "attn_v": (_WIDTH, _WIDTH),
        "attn_output": (_WIDTH, _WIDTH),
        "ffn_norm": (_WIDTH,),
        "ffn_gate": (_WIDTH, _FEED),
        "ffn_up": (_WIDTH, _FEED),
        "ffn_down": (_FEED, _WIDTH),
    }
    outer: list[tuple[str, tuple[int, ...]]] = [
        ("token_embd.weight", (_WIDTH, vocabulary)),
        ("output_norm.weight", (_WIDTH,)),
        ("output.weight", (_WIDTH, vocabulary)),
    ]
    return outer + [(f"blk.0.{name}.weight", shape) for name, shape in block.items()]


def _kinds() -> list[int]:
    return [2, 3, 3, *[6] * 256]  # unknown, control, control, bytes


def _weights(shape: tuple[int, ...]) -> bytes:
    count = 1
    for size in shape:
        count *= size
    if len(shape) == 1:
        return struct.pack("<f", 1.0) * count
    draw = random.Random(repr(shape))
    return b"".join(struct.pack("<f", draw.gauss(0, 0.3)) for _ in range(count))


def _string(text: str) -> bytes:
    raw = text.encode("utf-8")
    return struct.pack("<Q", len(raw)) + raw


def _text(text: str) -> bytes:
    return struct.pack("<I", _TEXT) + _string(text)


def _u32(value: int) -> bytes:
    return struct.pack("<II", _U32, value)


def _f32(value: float) -> bytes:
    return struct.pack("<If", _F32, value)


def _array(kind: int, items: list[bytes]) -> bytes:
    return struct.pack("<IIQ", _ARRAY, kind, len(items)) + b"".join(items)
