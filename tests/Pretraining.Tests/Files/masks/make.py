#!/usr/bin/python3
"""Writes the masks of this folder with Pillow 9.4 and ffmpeg 5.1 (Debian 12: python3-pil, python3-numpy, ffmpeg) and, as .npy beside each, the values that they were given."""
import pathlib
import subprocess

import numpy
from PIL import Image

here = pathlib.Path(__file__).parent
random = numpy.random.default_rng(11)


def save(name, values, image, **options):
    image.save(here / f"{name}.png", **options)
    numpy.save(here / f"{name}.npy", values)


def classes(height, width, count):
    y, x = numpy.mgrid[:height, :width]
    return ((x // 5 + y // 3 + random.integers(0, 2, (height, width))) % count).astype("u1")


# VOC's way: a palette whose colors say nothing about the class, 255 is the border.
for bits in (1, 2, 4, 8):
    values = classes(19, 13, 2**bits if bits < 8 else 21)
    if bits == 8:
        values[:, 6] = 255
    image = Image.fromarray(values, "P")
    image.putpalette([int(v) for v in random.integers(0, 256, 768)])
    save(f"palette-{bits}", values, image, bits=bits)

stuff = classes(32, 47, 182)
stuff[3:9, 3:9] = 255
save("gray-8", stuff, Image.fromarray(stuff, "L"), optimize=True)
bits = classes(9, 21, 2)
save("gray-1", bits, Image.fromarray(bits * 255, "L").convert("1"))

# Smooth and noisy rows, so that encoders use all filters: Pillow 1, 2 and 4, ffmpeg 3 where it is told to.
y, x = numpy.mgrid[:64, :96]
smooth = (x * 2 + y * 3) % 256 // (1 + (y // 16) % 2) + numpy.where(y > 48, random.integers(0, 9, x.shape), 0)
save("filters", smooth.astype("u1"), Image.fromarray(smooth.astype("u1"), "L"))
numpy.save(here / "average.npy", smooth.astype("u1"))
subprocess.run(
    "ffmpeg -v error -y -bitexact -f rawvideo -pix_fmt gray -s 96x64 -i - -frames:v 1 -pred avg".split() + [here / "average.png"],
    input=smooth.astype("u1").tobytes(),
    check=True,
)
words = ((x * 300 + y * 500) % 65536).astype("<u2")
save("gray-16", words, Image.fromarray(words, "I;16"))

Image.fromarray(numpy.zeros((4, 4, 3), "u1"), "RGB").save(here / "colors.png")
Image.fromarray(numpy.zeros((4, 4, 4), "u1"), "RGBA").save(here / "transparent.png")
Image.fromarray(numpy.zeros((4, 4, 2), "u1"), "LA").save(here / "gray-alpha.png")
Image.fromarray(numpy.zeros((4, 4), "u1"), "L").save(here / "photo.jpg")
