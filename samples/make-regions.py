#!/usr/bin/python3
"""Cuts small windows out of axial slices of one brain's MRI, each with a mask of coarse regions from an atlas, in the layout that `data compose` writes.

usage: make-regions.py [--full] TEMPLATES TARGET
TEMPLATES is /usr/share/mricron/templates of Debian's mricron-data: ch2.nii.gz (T1 MRI, 181 × 217 × 181 mm) and aal.nii.gz (its AAL atlas).
A window is 72 mm wide, 48 × 48 pixels of 1.5 mm, at a random place (a fixed seed): those of train wholly in the left half of the head, those of test wholly in
the right half, so that no voxel is in both. TARGET gets images/ (gray PNG), masks/ (index PNG of the same names, 0: none of the regions) and labels.csv (path,
labels with semicolons between them, split); a label stands for a region that covers a hundredth of the window at least. --full: ten times as many.
"""
import pathlib
import random
import shutil
import struct
import sys
import zlib

import nibabel
import numpy

SIDE = 48  # pixels
WIDTH = 72  # mm, voxels
LEAST = SIDE * SIDE // 100  # pixels
# Numbers of the atlas (aal.nii.txt), by the thousands of its codes: insula and the limbic regions are one class. White matter is in none of them.
REGIONS = {
    "frontal": range(1, 29),
    "limbic": range(29, 43),
    "occipital": range(43, 57),
    "parietal": range(57, 71),
    "subcortical": range(71, 79),
    "temporal": range(79, 91),
    "cerebellum": range(91, 117),
}
PALETTE = bytes.fromhex("000000 0072b2 d55e00 009e73 cc79a7 e69f00 56b4e9 f0e442")


def canonical(path):
    image = nibabel.as_closest_canonical(nibabel.load(path))
    return numpy.asarray(image.dataobj).astype(numpy.uint8)


def classes(atlas):
    table = numpy.zeros(256, numpy.uint8)
    for number, region in enumerate(REGIONS.values(), 1):
        table[list(region)] = number
    return table[atlas]


def window(volume, x, y, z):
    """[row, column] as radiologists look at it (the patient's right on the left), each millimeter two pixels: three of them are 1.5 mm."""
    return volume[x : x + WIDTH, y : y + WIDTH, z].T[::-1, ::-1].repeat(2, 0).repeat(2, 1)


def mean(pixels):
    """Of 3 × 3 each, rounded half up in integers."""
    sums = pixels.astype(numpy.uint32).reshape(SIDE, 3, SIDE, 3).sum((1, 3))
    return ((2 * sums + 9) // 18).astype(numpy.uint8)


def png(pixels, palette=None):
    """The same bytes everywhere: no library chooses its filters. Of a picture each row is what a Paeth predictor leaves, of a mask it is as it is."""
    if palette is None:
        rows = numpy.pad(pixels.astype(numpy.int32), ((1, 0), (1, 0)))
        left, up, corner = rows[1:, :-1], rows[:-1, 1:], rows[:-1, :-1]
        far = [abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)]
        predicted = numpy.where((far[0] <= far[1]) & (far[0] <= far[2]), left, numpy.where(far[1] <= far[2], up, corner))
        lines = [b"\4" + row.tobytes() for row in ((rows[1:, 1:] - predicted) & 255).astype(numpy.uint8)]
    else:
        lines = [b"\0" + row.tobytes() for row in pixels]

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, 0 if palette is None else 3, 0, 0, 0)
    colors = b"" if palette is None else chunk(b"PLTE", palette)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + colors + chunk(b"IDAT", zlib.compress(b"".join(lines), 9)) + chunk(b"IEND", b"")


def main():
    full = "--full" in sys.argv
    templates, target = (pathlib.Path(argument) for argument in [a for a in sys.argv[1:] if a != "--full"])
    brain, regions = canonical(templates / "ch2.nii.gz"), classes(canonical(templates / "aal.nii.gz"))
    middle = brain.shape[0] // 2
    low, high = numpy.argwhere(regions > 0).min(0), numpy.argwhere(regions > 0).max(0) + 1
    halves = {"train": (0, middle - WIDTH), "test": (middle, brain.shape[0] - WIDTH)}
    shutil.rmtree(target, ignore_errors=True)
    (target / "images").mkdir(parents=True)
    (target / "masks").mkdir()
    draws = random.Random(20)
    names = list(REGIONS)
    table = ["path,labels,split\n"]
    number = 0
    for (split, (left, right)), count in zip(halves.items(), (2400, 800) if full else (240, 80)):
        seen = dict.fromkeys(names, 0)
        end = number + count
        while number < end:
            place = (draws.randint(left, right), draws.randint(low[1], high[1] - WIDTH), draws.randint(low[2], high[2] - 1))
            mask = window(regions, *place)[1::3, 1::3]
            labels = [name for k, name in enumerate(names, 1) if (mask == k).sum() >= LEAST]
            # A fifth at least in some region: the rest is skull, air, white matter.
            if (mask > 0).sum() * 5 < SIDE * SIDE or not labels:
                continue
            name = f"{number:06}.png"
            (target / "images" / name).write_bytes(png(mean(window(brain, *place))))
            (target / "masks" / name).write_bytes(png(mask, PALETTE))
            table.append(f"{name},{';'.join(labels)},{split}\n")
            number += 1
            for label in labels:
                seen[label] += 1
        print(f"{target}/{split}: {count} images; " + ", ".join(f"{name} {times}" for name, times in seen.items()))
    (target / "labels.csv").write_text("".join(table))


main()
