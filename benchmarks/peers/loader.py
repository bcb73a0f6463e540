"""The loader benchmark with torchvision and Pillow on one thread: JPEG -> RandomResizedCrop 224 (bicubic) + flip + jitter + normalize.

usage: loader.py FOLDER SECONDS JITTER    The last: the jitter's probability. Prints one line of JSON.
Rates are by processor time, as ours are (Timing.cs): other programs on the core do not show.
"""

import io
import json
import os
import pathlib
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"

import torch
from PIL import Image
from torchvision import transforms as t

torch.set_num_threads(1)
torch.manual_seed(0)
files = [path.read_bytes() for path in sorted(pathlib.Path(sys.argv[1]).glob("*.jpg"))]
seconds = float(sys.argv[2])
jitter = float(sys.argv[3])
pipeline = t.Compose(
    [
        t.RandomResizedCrop(224, scale=(0.05, 1.0), interpolation=t.InterpolationMode.BICUBIC),
        t.RandomHorizontalFlip(),
        t.RandomApply([t.ColorJitter(0.1, 0.1, 0.1, 0.01)], p=jitter),
        t.ToTensor(),
        t.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    ]
)


def load(content):
    return pipeline(Image.open(io.BytesIO(content)).convert("RGB"))


for content in files:
    load(content)
images, start = 0, time.process_time()
while (elapsed := time.process_time() - start) < seconds:
    load(files[images % len(files)])
    images += 1
print(json.dumps({"benchmark": "loader", "peer": "torchvision", "jitter": jitter, "imagesPerSecond": round(images / elapsed, 1)}))
