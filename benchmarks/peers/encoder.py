"""Loads a run's encoders in PyTorch and compares what they make of the stored example with what was stored.

usage: encoder.py FOLDER    of a run's artifacts. Prints one line of JSON: the largest differences by network and kind of feature.
Ends with 1 where one is above 1e-4 times the largest feature (or 1). Beside a plain vision transformer it asks timm's, where that is installed.
"""

import json
import pathlib
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import nn


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.qkv, self.proj = heads, nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) * (d // self.heads) ** -0.5).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(b, n, d))


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(dim, eps=1e-6), Attention(dim, heads)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(dim, 4 * dim), "fc2": nn.Linear(4 * dim, dim)})

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp["fc2"](nn.functional.gelu(self.mlp["fc1"](self.norm2(x))))


class PlainTransformer(nn.Module):
    def __init__(self, height, width, channels, patch, dim, depth, heads, class_token):
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim)) if class_token else None
        self.pos_embed = nn.Parameter(torch.zeros(1, class_token + (height // patch) * (width // patch), dim))
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(channels, dim, patch, patch)})
        self.blocks = nn.Sequential(*(Block(dim, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(dim, eps=1e-6)

    def forward_features(self, x):
        patches = self.patch_embed["proj"](x).flatten(2).transpose(1, 2)
        tokens = patches if self.cls_token is None else torch.cat([self.cls_token.expand(len(x), -1, -1), patches], 1)
        return self.norm(self.blocks(tokens + self.pos_embed))


def of_timm(height, width, channels, patch, dim, depth, heads, class_token):
    """The lines of the model card; None without timm."""
    try:
        import timm
    except ImportError:
        return None
    pooling = {} if class_token else {"class_token": False, "global_pool": "avg", "fc_norm": False}
    return timm.models.vision_transformer.VisionTransformer(
        img_size=(height, width), patch_size=patch, in_chans=channels, embed_dim=dim, depth=depth, num_heads=heads, num_classes=0, **pooling
    )


def shape(path):
    with safe_open(path, "pt") as file:
        note = file.metadata()
    height, width = (int(side) for side in note["image"].split("x"))
    return height, width, *(int(note[key]) for key in ("channels", "patch", "dim", "depth", "heads")), note["pooling"] == "class"


def differences(network, weights, example, prefix):
    """Largest absolute differences of class and patch features, and whether both are close."""
    network.load_state_dict(weights, strict=True)
    with torch.no_grad():
        tokens = network.eval().forward_features(example["input"])
    result, close = {}, True
    class_token = tokens.shape[1] > example["patch_features"].shape[1]
    images, patches = (tokens[:, 0], tokens[:, 1:]) if class_token else (tokens.mean(1), tokens)
    for name, ours in (("features", images), ("patch_features", patches)):
        stored = example[prefix + name]
        result[name] = (ours - stored).abs().max().item()
        close &= result[name] <= 1e-4 * max(1, stored.abs().max().item())
    return result, close


folder = pathlib.Path(sys.argv[1])
example = load_file(folder / "example.safetensors")
line, fine = {"benchmark": "encoder", "torch": torch.__version__}, True
for name, prefix in (("encoder", ""), ("teacher-encoder", "teacher_")):
    path = folder / f"{name}.safetensors"
    if not path.exists():
        continue
    for library, network in (("plain", PlainTransformer(*shape(path))), ("timm", of_timm(*shape(path)))):
        if network is not None:
            line[f"{name}, {library}"], close = differences(network, load_file(path), example, prefix)
            fine &= close
print(json.dumps(line))
sys.exit(0 if fine else 1)
