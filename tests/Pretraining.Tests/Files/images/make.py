"""Makes the files beside it with Pillow, ffmpeg and torchvision, and what these read back from them.

usage: make.py files          with python3-pil and ffmpeg (written with Pillow 9.4, ffmpeg 5.1)
       make.py torchvision    with python3-torchvision (written with torchvision 0.21, Pillow 11.1)
"""

import json
import pathlib
import struct
import subprocess
import sys

import numpy as np
from PIL import Image, ImageFilter

here = pathlib.Path(__file__).parent
draws = np.random.default_rng(4)


def scene(height, width):
    """Shades, edges and grain: something of all that a photograph has. [H, W, 3] of bytes."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    channels = [
        127 + 90 * np.sin(x / 9 + y / 23) + 40 * ((x // 13 + y // 11) % 2),
        110 + 80 * np.cos(y / 7) + 50 * (np.hypot(x - width / 2, y - height / 2) < height / 3),
        90 + 1.5 * x - y + 60 * (x > y),
    ]
    return (np.stack(channels, -1) + draws.normal(0, 6, (height, width, 3))).clip(0, 255).astype(np.uint8)


def write_tensors(path, tensors):
    header, place = {}, 0
    for name, value in list(tensors.items()):
        value = tensors[name] = np.ascontiguousarray(value, np.float32)
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [place, place + value.nbytes]}
        place += value.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(v.tobytes() for v in tensors.values()))


def planes(image):
    values = np.asarray(image)
    return values if values.ndim == 2 else np.moveaxis(values, -1, 0)


def files():
    """Files of other programs, and what Pillow reads from them."""
    Image.fromarray(scene(83, 117)).save(here / "420.jpg", quality=88, subsampling="4:2:0")
    Image.fromarray(scene(75, 101)).save(here / "422.jpg", quality=92, subsampling="4:2:2")
    Image.fromarray(scene(64, 96)).save(here / "444.jpg", quality=80, subsampling="4:4:4")
    Image.fromarray(scene(91, 67)).convert("L").save(here / "gray.jpg", quality=85)
    Image.fromarray(scene(90, 121)).save(here / "progressive.jpg", quality=85, progressive=True)
    Image.fromarray(scene(70, 109)).save(here / "restarts.jpg", quality=85, restart_marker_blocks=3)
    Image.fromarray(scene(40, 50)).convert("CMYK").save(here / "cmyk.jpg", quality=90)
    turned = Image.fromarray(scene(24, 40))
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(here / "turned.jpg", quality=90, exif=exif)
    small = scene(19, 23)
    Image.fromarray(small).save(here / "color.png")
    Image.fromarray(small).save(here / "color.bmp")
    Image.fromarray(small).save(here / "color.webp", lossless=True)
    Image.fromarray(np.dstack([small, np.full(small.shape[:2], 77, np.uint8)])).save(here / "alpha.png")
    words = (np.arange(21 * 17, dtype=np.uint32).reshape(21, 17) * 183 % 65536).astype(np.uint16)
    Image.fromarray(words).save(here / "gray16.png")
    color_words = (np.arange(9 * 11 * 3, dtype=np.uint32).reshape(9, 11, 3) * 977 % 65536).astype(np.uint16)
    goldens = {"color": planes(small), "gray16": words, "color16": planes(color_words)}
    for kind, values, name in (
        ("gray16be", words, "gray16-interlaced.png"),
        ("rgb48be", color_words, "color16.png"),
        ("rgb48be", color_words, "color16-interlaced.png"),
    ):
        command = ["ffmpeg", "-y", "-v", "error", "-f", "rawvideo", "-pix_fmt", kind, "-s", f"{values.shape[1]}x{values.shape[0]}", "-i", "-"]
        interlaced = ["-flags", "+ildct"] if "interlaced" in name else []
        command += ["-pred", "mixed", *interlaced, "-f", "image2", "-update", "1", str(here / name)]
        subprocess.run(command, input=values.astype(">u2").tobytes(), check=True)
    for bits in (1, 2, 4, 8):
        indices = (np.arange(13 * 15).reshape(13, 15) * 7 % (1 << bits)).astype(np.uint8)
        image = Image.fromarray(indices, "P")
        image.putpalette(list(draws.integers(0, 256, 3 * (1 << bits))))
        image.save(here / f"palette{bits}.png", bits=bits)
        goldens[f"palette{bits}"] = indices
    for name in ("420", "422", "444", "progressive", "restarts", "gray", "turned"):
        image = Image.open(here / f"{name}.jpg")
        # Two JPEG libraries agree on all but roundings; a corner of each is enough to tell channels, rows and orientation.
        goldens[f"{name}.jpg"] = planes(image.convert("RGB"))[:, :16, :24]
        goldens[f"{name}.jpg/luma"] = planes(image.convert("RGB").convert("L"))[:16, :24]
    write_tensors(here / "pillow.safetensors", goldens)


def torchvision():
    """The reference's arithmetic on floats."""
    import torch
    import torchvision.transforms.v2.functional as v2
    from torchvision.transforms import InterpolationMode
    from torchvision.transforms import functional as f

    picture = scene(45, 60)
    image = torch.from_numpy(np.moveaxis(picture, -1, 0).copy()).float() / 255
    results = {"image": np.moveaxis(picture, -1, 0)}

    def keep(name, value):
        results[name] = value.numpy()

    for kind, mode in (("bicubic", InterpolationMode.BICUBIC), ("bilinear", InterpolationMode.BILINEAR)):
        for top, left, height, width, size in ((3, 5, 37, 41, 20), (10, 20, 12, 15, 24), (0, 0, 45, 60, 16)):
            cut = f.resized_crop(image, top, left, height, width, [size, size], mode, antialias=True).clamp(0, 1)
            keep(f"crop/{kind}/{top},{left},{height},{width},{size}", cut)
    part = image[:, 4:28, 8:32].contiguous()
    results["part"] = results["image"][:, 4:28, 8:32]
    keep("flip", f.hflip(part))
    keep("brightness/1.3", f.adjust_brightness(part, 1.3))
    keep("contrast/0.6", f.adjust_contrast(part, 0.6))
    keep("saturation/1.7", f.adjust_saturation(part, 1.7))
    keep("hue/0.17", f.adjust_hue(part, 0.17))
    keep("hue/-0.45", f.adjust_hue(part, -0.45))
    keep("gray", f.rgb_to_grayscale(part))
    keep("solarize/0.4", v2.solarize(part, 0.4))
    keep("normalize", f.normalize(part, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    for sigma, reach in ((0.7, 3), (1.5, 5)):
        keep(f"blur/{sigma}", f.gaussian_blur(part, [2 * reach + 1] * 2, [sigma, sigma]))
    blurred = Image.fromarray(picture[4:28, 8:32]).filter(ImageFilter.GaussianBlur(1.5))
    results["pillowBlur/1.5"] = planes(blurred)
    write_tensors(here / "torchvision.safetensors", results)


{"files": files, "torchvision": torchvision}[sys.argv[1]]()
