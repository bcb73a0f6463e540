#!/usr/bin/python3
"""Cuts cubes out of one brain's MRI and writes each as three volumes (axial, coronal, sagittal slices) in MRNet's layout, with labels from an atlas.

usage: make-slabs.py [--full] TEMPLATES TARGET
TEMPLATES is /usr/share/mricron/templates of Debian's mricron-data: ch2.nii.gz (T1 MRI, 181 × 217 × 181 mm) and aal.nii.gz (its AAL atlas).
Cubes of 64 mm lie at random places (a fixed seed): those of train wholly in the left half of the head, those of valid wholly in the right half, so that
no voxel is in both. A cube's label for a task is 1 where it holds at least 0.5 ml of the region, by the atlas. --full: every millimeter a slice, 400 cubes.
"""
import pathlib
import random
import shutil
import sys

import nibabel
import numpy

SIDE = 64
LEAST = 500  # voxels of 1 mm³
# Numbers of the atlas (aal.nii.txt): left and right of each region, the vermis belongs to the cerebellum.
REGIONS = {"cerebellum": range(91, 117), "hippocampus": range(37, 39), "thalamus": range(77, 79)}


def canonical(path):
    image = nibabel.as_closest_canonical(nibabel.load(path))
    return numpy.asarray(image.dataobj).astype(numpy.uint8)


def planes(cube, step):
    """[slice, row, column] as radiologists look at them; the cube's axes run to the right, to anterior and to superior."""
    yield "axial", cube.transpose(2, 1, 0)[step // 2 :: step, ::-1, ::-1]
    yield "coronal", cube.transpose(1, 2, 0)[::-1, ::-1, ::-1][step // 2 :: step]
    yield "sagittal", cube.transpose(0, 2, 1)[::-1, ::-1, ::-1][step // 2 :: step]


def main():
    full = "--full" in sys.argv
    templates, target = (pathlib.Path(argument) for argument in [a for a in sys.argv[1:] if a != "--full"])
    brain, atlas = canonical(templates / "ch2.nii.gz"), canonical(templates / "aal.nii.gz")
    counts, step = ((320, 80), 1) if full else ((30, 10), 8)
    middle = brain.shape[0] // 2
    # Whole cubes in one half, and inside the box that the brain fills.
    low, high = numpy.argwhere(atlas > 0).min(0), numpy.argwhere(atlas > 0).max(0) + 1
    halves = {"train": (0, middle - SIDE), "valid": (middle, brain.shape[0] - SIDE)}
    shutil.rmtree(target, ignore_errors=True)
    draws = random.Random(20)
    exam = 0
    for (split, (left, right)), count in zip(halves.items(), counts):
        labels = {task: [] for task in REGIONS}
        for _ in range(count):
            x = draws.randint(max(left, low[0] - 8), min(right, high[0] + 8 - SIDE))
            y = draws.randint(low[1], high[1] - SIDE)
            z = draws.randint(low[2], high[2] - SIDE)
            cube, regions = (a[x : x + SIDE, y : y + SIDE, z : z + SIDE] for a in (brain, atlas))
            for plane, slices in planes(cube, step):
                folder = target / split / plane
                folder.mkdir(parents=True, exist_ok=True)
                numpy.save(folder / f"{exam:04}.npy", numpy.ascontiguousarray(slices))
            for task, numbers in REGIONS.items():
                labels[task].append(f"{exam:04},{int(numpy.isin(regions, numbers).sum() >= LEAST)}\n")
            exam += 1
        for task, lines in labels.items():
            (target / f"{split}-{task}.csv").write_text("".join(lines))
        print(f"{target}/{split}: {count} exams; positive: " + ", ".join(f"{t} {sum(l.endswith('1' + chr(10)) for l in v)}" for t, v in labels.items()))


main()
