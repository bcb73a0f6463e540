"""GMML's step in PyTorch: a vision transformer with GMML's head over noise, L1 of masked patches, clip, AdamW; DistributedDataParallel over gloo above world 1.

usage: step.py BACKBONE IMAGE PATCH BATCH PRECISION WORLD THREADS STEPS    Prints one line of JSON: the slowest rank's mean of the measured steps.
"""

import json
import os
import statistics
import sys
import time

import torch
import torch.multiprocessing as mp
import torch.nn.functional as f
from torch import nn

SIZES = {"vit-tiny": (192, 12, 3), "vit-small": (384, 12, 6), "vit-base": (768, 12, 12)}
WARM_UP = 3


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(dim, eps=1e-6), nn.LayerNorm(dim, eps=1e-6)
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        x = x + self.proj(f.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, d))
        return x + self.mlp(self.norm2(x))


class Gmml(nn.Module):
    def __init__(self, backbone, image, patch):
        super().__init__()
        dim, depth, heads = SIZES[backbone]
        self.patches = (image // patch) ** 2
        self.values = 3 * patch * patch
        self.embed = nn.Linear(self.values, dim)
        self.token = nn.Parameter(torch.zeros(1, 1, dim))
        self.positions = nn.Parameter(torch.randn(1, self.patches + 1, dim) * 0.02)
        self.blocks = nn.Sequential(*[Block(dim, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        layers = [layer for _ in range(3) for layer in (nn.Linear(dim, dim), nn.GELU())]
        self.head = nn.Sequential(*layers, nn.Linear(dim, self.values))

    def forward(self, patches):
        x = self.embed(patches)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.positions
        return self.head(self.norm(self.blocks(x))[:, 1:])


def run(rank, backbone, image, patch, batch, precision, world, threads, steps, results):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    plain = Gmml(backbone, image, patch)
    model = plain
    if world > 1:
        os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29519", "USE_LIBUV": "0"}
        torch.distributed.init_process_group("gloo", rank=rank, world_size=world)
        model = nn.parallel.DistributedDataParallel(plain)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.05, fused=True)
    rows = batch // world
    clean, corrupted = torch.randn(rows, plain.patches, plain.values), torch.randn(rows, plain.patches, plain.values)
    mask = (torch.arange(plain.patches) % 10 < 7).float().view(1, -1, 1).expand_as(clean)
    masked = mask.sum()
    took = []
    for _ in range(WARM_UP + steps):
        begun = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            reconstruction = model(corrupted)
        loss = ((reconstruction.float() - clean).abs() * mask).sum() / masked
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 3.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        took.append(time.perf_counter() - begun)
    results.put(took[WARM_UP:])
    if world > 1:
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    name, image, patch, batch, precision, world, threads, steps = sys.argv[1:]
    image, patch, batch, world, threads, steps = (int(word) for word in (image, patch, batch, world, threads, steps))
    context = mp.get_context("spawn")
    results = context.SimpleQueue()
    arguments = (name, image, patch, batch, precision, world, threads, steps, results)
    ranks = [context.Process(target=run, args=(rank, *arguments)) for rank in range(world)]
    for process in ranks:
        process.start()
    taken = [results.get() for _ in ranks]
    for process in ranks:
        process.join()
    # A step is over when its slowest rank is.
    seconds = statistics.mean(max(step) for step in zip(*taken))
    print(json.dumps({"samplesPerSecond": round(batch / seconds, 2), "stepMs": round(1000 * seconds, 1)}))
