"""Makes the JPEG files that the loader benchmark reads: windows of two photographs, each changed a little, so that no two are alike.

usage: photos.py SOURCES OUT       SOURCES: a folder with china.jpg and flower.jpg (Debian's python3-sklearn; CC BY 2.0)
"""

import pathlib
import sys

import numpy as np
from PIL import Image

SIZE = (500, 375)
COUNT = 64

sources, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
photos = [Image.open(sources / name).convert("RGB") for name in ("china.jpg", "flower.jpg")]
draws = np.random.default_rng(0)


def window(size):
    """A photograph's window of a size, mirrored half of the time; larger sizes than the photograph's are scaled up."""
    photo = photos[draws.integers(2)]
    scale = max(1, size[0] / photo.width, size[1] / photo.height) * draws.uniform(1, 1.1)
    photo = photo.resize((round(photo.width * scale), round(photo.height * scale)), Image.Resampling.LANCZOS)
    left, top = draws.integers(photo.width - size[0] + 1), draws.integers(photo.height - size[1] + 1)
    cut = photo.crop((left, top, left + size[0], top + size[1]))
    return cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if draws.random() < 0.5 else cut


def write(folder, size, count):
    (out / folder).mkdir(parents=True, exist_ok=True)
    for i in range(count):
        picture = np.asarray(window(size), np.float32) * draws.uniform(0.8, 1.1)
        # A sensor's noise: without it JPEG finds less to encode than in a photograph of this size.
        picture += draws.normal(0, 3, picture.shape).astype(np.float32)
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(out / folder / f"{i:03}.jpg", quality=90)


write("500", SIZE, COUNT)
write("2000", (2000, 1500), 8)
