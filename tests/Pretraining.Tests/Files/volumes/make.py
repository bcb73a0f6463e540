#!/usr/bin/python3
"""Writes the volumes of this folder with numpy 1.24 and nibabel 5.0 (Debian 12: python3-numpy, python3-nibabel) and, in golden.json, what they hold."""
import gzip
import json
import pathlib

import nibabel
import numpy

here = pathlib.Path(__file__).parent
random = numpy.random.default_rng(7)
golden = {}


def listed(array):
    return {"shape": list(array.shape), "values": [float(v) for v in numpy.asarray(array, numpy.float32).ravel()]}


def window(array):
    low, high = (numpy.percentile(array.astype(numpy.float32), q, method=m) for q, m in ((0.5, "lower"), (99.5, "higher")))
    return [float(low), float(high)]


def npy(name, array, version=None):
    with open(here / name, "wb") as file:
        numpy.lib.format.write_array(file, array, version=version)
    volume = array if array.ndim == 3 else array[None]
    golden[name] = {"volume": listed(volume), "window": window(volume)}


def values(dtype, shape=(3, 4, 5)):
    kind = numpy.dtype(dtype)
    if kind.kind == "f":
        return (random.standard_normal(shape) * 1000).astype(dtype)
    info = numpy.iinfo(kind)
    return random.integers(info.min, info.max, size=shape, dtype=kind.newbyteorder("="), endpoint=True).astype(dtype)


for dtype in ("|u1", "|i1", "<u2", "<i2", "<u4", "<i4", "<i8", "<u8", "<f2", "<f4", "<f8", ">u2", ">i2", ">i4", ">f4", ">f8"):
    npy(f"{dtype.replace('<', 'little-').replace('>', 'big-').replace('|', '')}.npy", values(dtype))
npy("fortran.npy", numpy.asfortranarray(values("<i2")))
npy("fortran-u1.npy", numpy.asfortranarray(values("|u1")))
npy("slice.npy", values("|u1", (4, 5)))
npy("slice-fortran.npy", numpy.asfortranarray(values("|u1", (4, 5))))
npy("version2.npy", values("<i2"), (2, 0))
npy("version3.npy", values("<i2"), (3, 0))
npy("percentiles.npy", (random.standard_normal((5, 17, 13)) * 300).astype("<f4"))

numpy.save(here / "objects.npy", numpy.array([[[{}]]], dtype=object), allow_pickle=True)
numpy.save(here / "records.npy", numpy.zeros((2, 2, 2), dtype=[("a", "<f4")]))
numpy.save(here / "complex.npy", numpy.zeros((2, 2, 2), dtype="<c8"))
numpy.save(here / "one-dimension.npy", numpy.zeros(8, "|u1"))
numpy.save(here / "four-dimensions.npy", numpy.zeros((2, 2, 2, 2), "|u1"))
numpy.save(here / "empty.npy", numpy.zeros((0, 2, 2), "|u1"))


def nifti(name, array, affine, cls=nibabel.Nifti1Image, slope=None, form="s", endian="<"):
    header = cls.header_class(endianness=endian)
    header.set_data_dtype(array.dtype)
    image = cls(array, None, header)
    if "s" in form:
        image.set_sform(affine, 4)
    if "q" in form:
        image.set_qform(affine, 1)
    if slope:
        image.header.set_slope_inter(*slope)
    data = image.to_bytes()
    if name.endswith(".gz"):
        data = gzip.compress(data, mtime=0)
    (here / name).write_bytes(data)
    read = nibabel.load(here / name)
    if form:
        ras = nibabel.as_closest_canonical(read).get_fdata().reshape([n for n in nibabel.as_closest_canonical(read).shape][:3])
        golden[name] = {
            "Axial": listed(ras.transpose(2, 1, 0)[:, ::-1, ::-1]),
            "Coronal": listed(ras.transpose(1, 2, 0)[::-1, ::-1, ::-1]),
            "Sagittal": listed(ras.transpose(0, 2, 1)[::-1, ::-1, ::-1]),
        }
    else:
        golden[name] = {"volume": listed(read.get_fdata().transpose(2, 1, 0))}


def affine(columns, origin=(-10, 5, 7)):
    whole = numpy.eye(4)
    whole[:3, :3] = numpy.array(columns, float).T
    whole[:3, 3] = origin
    return whole


RAS = affine([(1, 0, 0), (0, 2, 0), (0, 0, 3)])
LPS = affine([(-1, 0, 0), (0, -1, 0), (0, 0, 1)])
PSR = affine([(0, -1, 0), (0, 0, 1.5), (1, 0, 0)])
turn = numpy.deg2rad(25)
OBLIQUE = affine([(0, numpy.cos(turn), numpy.sin(turn)), (0, -numpy.sin(turn), numpy.cos(turn)), (-1, 0.1, 0.05)])

nifti("ras-u1.nii", values("u1"), RAS)
nifti("ras-u1.nii.gz", values("u1"), RAS)
nifti("lps-i2-scaled.nii.gz", values("i2"), LPS, slope=(0.25, -17.5))
nifti("psr-f4.nii", values("f4"), PSR)
nifti("oblique-i4.nii", values("i4"), OBLIQUE)
nifti("qform-u2.nii", values("u2"), PSR, form="q")
nifti("qform-left.nii", values("u1"), affine([(-1, 0, 0), (0, 1, 0), (0, 0, 1)]), form="q")
nifti("big-endian.nii", values(">i2"), LPS, endian=">")
nifti("version2.nii", values("f8"), PSR, cls=nibabel.Nifti2Image)
nifti("version2-qform.nii.gz", values("i1"), LPS, cls=nibabel.Nifti2Image, form="q", slope=(2, 1))
nifti("one-of-four.nii", values("u1", (3, 4, 5, 1)), RAS)
nifti("no-form.nii", values("u1"), RAS, form="")
nibabel.save(nibabel.Nifti1Image(values("u1", (3, 4, 5, 2)), RAS), here / "two-volumes.nii")
nibabel.save(nibabel.Nifti1Image(values("f4").astype("c8"), RAS), here / "complex.nii")
nibabel.save(nibabel.Nifti1Pair(values("u1"), RAS), here / "pair.img")
(here / "pair.img").unlink()

(here / "golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
