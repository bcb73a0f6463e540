"""A ViT-S's optimizer step in PyTorch: per-tensor clip, AdamW and the teacher's EMA over 22 million float32 parameters, in the three ways that AdamW has.

usage: optimizer.py THREADS [ROUNDS]     Prints one line of JSON: medians and best times in milliseconds.
"""

import json
import sys
import time

import torch

threads, rounds = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20
torch.set_num_threads(threads)
CLIP, MOMENTUM, WARM_UP = 3.0, 0.996, 4


def shapes():
    dim, hidden, bottleneck, prototypes = 384, 512, 64, 1024
    yield from [(1, 1, dim), (1, 197, dim), (dim, 3, 16, 16), (dim,)]
    for _ in range(12):
        yield from [(dim,), (dim,), (3 * dim, dim), (3 * dim,), (dim, dim), (dim,), (dim,), (dim,)]
        yield from [(4 * dim, dim), (4 * dim,), (dim, 4 * dim), (dim,)]
    yield from [(dim,), (dim,)]
    yield from [(hidden, dim), (hidden,), (hidden, hidden), (hidden,), (bottleneck, hidden), (bottleneck,), (prototypes, bottleneck)]


def clip_one_by_one(gradients):
    # DINO's clip_gradients.
    for gradient in gradients:
        coefficient = CLIP / (gradient.norm(2) + 1e-6)
        if coefficient < 1:
            gradient.mul_(coefficient)


def clip_together(gradients):
    norms = torch.stack(torch._foreach_norm(gradients, 2))
    coefficients = torch.clamp(CLIP / (norms + 1e-6), max=1.0)
    torch._foreach_mul_(gradients, list(coefficients))


def follow_one_by_one(teacher, student):
    for t, s in zip(teacher, student):
        t.mul_(MOMENTUM).add_(s, alpha=1 - MOMENTUM)


def follow_together(teacher, student):
    torch._foreach_lerp_(teacher, student, 1 - MOMENTUM)


def measure(kind):
    torch.manual_seed(0)
    student = [torch.nn.Parameter(torch.randn(shape) * 0.02) for shape in shapes()]
    teacher = [p.detach().clone() for p in student]
    noise = [torch.randn_like(p) for p in student]
    for p in student:
        p.grad = torch.empty_like(p)
    gradients = [p.grad for p in student]
    optimizer = torch.optim.AdamW(student, lr=1e-4, weight_decay=0.05, foreach=kind == "foreach", fused=kind == "fused")
    clip, follow = (clip_one_by_one, follow_one_by_one) if kind == "loop" else (clip_together, follow_together)
    weights = [p.detach() for p in student]
    took = []
    for _ in range(WARM_UP + rounds):
        for gradient, values in zip(gradients, noise):
            gradient.copy_(values)
        begun = time.perf_counter()
        with torch.no_grad():
            clip(gradients)
        optimizer.step()
        with torch.no_grad():
            follow(teacher, weights)
        took.append(1000 * (time.perf_counter() - begun))
    took = sorted(took[WARM_UP:])
    return {f"{kind}Ms": round(took[len(took) // 2], 2), f"{kind}BestMs": round(took[0], 2)}, sum(p.numel() for p in student)


results, parameters = {}, 0
for way in ("loop", "foreach", "fused"):
    figures, parameters = measure(way)
    results |= figures
best = min(results[f"{way}Ms"] for way in ("loop", "foreach", "fused"))
print(json.dumps({"parameters": parameters, "threads": threads, **results, "medianMs": best}))
