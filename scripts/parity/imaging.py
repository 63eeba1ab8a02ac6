"""Writes modality/image/imaging/testdata/pillow.json: what Pillow makes of small images.

    pip install pillow numpy
    python scripts/parity/imaging.py

"resize" holds pixels before and after Image.resize(size, BILINEAR, box); "files"
holds encoded files and what they decode to, turned upright and over a background.
"""

import base64
import io
import json
import pathlib

import numpy as np
import PIL
from PIL import Image, ImageOps

OUT = pathlib.Path(__file__).parents[2] / "modality" / "image" / "imaging" / "testdata" / "pillow.json"
BACKGROUND = (10, 200, 30)


def b64(data):
    return base64.b64encode(data).decode()


def noise(width, height, seed):
    """Noise over a gradient: every weight of the filter matters."""
    g = np.random.default_rng(seed)
    ramp = np.linspace(0, 200, width)[None, :, None] * np.array([1, 0.5, 0.1])
    return np.clip(ramp + g.integers(0, 256, (height, width, 3)) * 0.6, 0, 255).astype(np.uint8)


def smooth(width, height):
    """No sharp edges, so that lossy formats have little to disagree about."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [40 + 170 * x / width, 30 + 180 * y / height, 128 + 60 * np.sin(x / 9 + y / 7)]
    return np.stack(planes, -1).astype(np.uint8)


def resize_cases():
    source = Image.fromarray(noise(37, 29, 1))
    cases = []
    for size, box in [
        ((16, 16), None),
        ((5, 3), None),
        ((1, 1), None),
        ((64, 48), None),
        ((37, 29), None),
        ((100, 7), None),
        ((36, 29), None),
        ((12, 12), (4.0, 0.0, 33.0, 29.0)),
        ((8, 16), (11.25, 0.0, 25.75, 29.0)),
    ]:
        for mode in ("RGB", "L"):
            out = source.convert(mode).resize(size, Image.BILINEAR, box=box)
            planar = np.asarray(out)
            if mode == "RGB":
                planar = planar.transpose(2, 0, 1)
            cases.append(dict(size=size, box=box or (0, 0, 37, 29), channels=len(mode) // 2 * 2 + 1, want=b64(planar.tobytes())))
    return dict(width=37, height=29, rgb=b64(source.tobytes()), cases=cases)


def upright(data):
    im = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    if im.mode.startswith("I;16"):  # convert() would clip at 255
        im = Image.fromarray((np.asarray(im) >> 8).astype(np.uint8))
    im = im.convert("RGBA")
    base = Image.new("RGBA", im.size, BACKGROUND + (255,))
    return Image.alpha_composite(base, im).convert("RGB")


def encode(im, kind, **options):
    f = io.BytesIO()
    im.save(f, kind, **options)
    return f.getvalue()


def exif(orientation):
    e = Image.Exif()
    e[0x0112] = orientation
    return e


def files():
    w, h = 20, 14
    rgb = Image.fromarray(smooth(w, h))
    sharp = Image.fromarray(noise(w, h, 2))
    alpha = Image.fromarray(np.random.default_rng(3).integers(0, 256, (h, w), dtype=np.uint8))
    rgba = sharp.copy()
    rgba.putalpha(alpha)
    soft = rgb.copy()
    soft.putalpha(Image.fromarray(np.tile(np.linspace(0, 255, w).astype(np.uint8), (h, 1))))
    palette = sharp.quantize(16)
    grey16 = Image.fromarray((np.arange(w * h).reshape(h, w) * 233).astype(np.uint16))

    yield "png rgb", encode(sharp, "PNG")
    yield "png alpha", encode(rgba, "PNG")
    yield "png palette", encode(palette, "PNG")
    yield "png palette transparent", encode(palette, "PNG", transparency=3)
    yield "png grey", encode(sharp.convert("L"), "PNG")
    yield "png grey alpha", encode(rgba.convert("LA"), "PNG")
    yield "png grey 16", encode(grey16, "PNG")
    yield "png 1 bit", encode(sharp.convert("1"), "PNG")
    yield "png exif 6", encode(sharp, "PNG", exif=exif(6))
    yield "jpeg 444", encode(rgb, "JPEG", quality=95, subsampling=0)
    yield "jpeg 420", encode(rgb, "JPEG", quality=95, subsampling=2)
    yield "jpeg 422 progressive", encode(rgb, "JPEG", quality=95, subsampling=1, progressive=True)
    yield "jpeg grey", encode(rgb.convert("L"), "JPEG", quality=95)
    yield "jpeg cmyk", encode(rgb.convert("CMYK"), "JPEG", quality=95)
    for o in range(1, 9):
        yield f"jpeg exif {o}", encode(rgb, "JPEG", quality=95, subsampling=0, exif=exif(o))
    yield "gif", encode(palette, "GIF")
    yield "gif transparent", encode(palette, "GIF", transparency=3)
    yield "bmp", encode(sharp, "BMP")
    yield "bmp palette", encode(palette, "BMP")
    yield "bmp alpha", encode(rgba, "BMP")
    yield "webp lossless", encode(sharp, "WEBP", lossless=True)
    yield "webp lossless alpha", encode(rgba, "WEBP", lossless=True, exact=True)
    yield "webp lossy", encode(rgb, "WEBP", quality=95)
    yield "webp lossy alpha", encode(soft, "WEBP", quality=95, exact=True)
    yield "webp exif 8", encode(sharp, "WEBP", lossless=True, exif=exif(8))
    yield "tiff", encode(sharp, "TIFF")
    yield "tiff lzw", encode(sharp, "TIFF", compression="tiff_lzw")
    yield "tiff deflate alpha", encode(rgba, "TIFF", compression="tiff_adobe_deflate")
    yield "tiff packbits palette", encode(palette, "TIFF", compression="packbits")
    yield "tiff grey 16", encode(grey16, "TIFF")
    yield "tiff fax", encode(sharp.convert("1"), "TIFF", compression="group4")
    yield "tiff orientation 5", encode(sharp, "TIFF", tiffinfo={0x0112: 5})


def main():
    decoded = []
    for name, data in files():
        im = upright(data)
        decoded.append(dict(name=name, width=im.width, height=im.height, data=b64(data), want=b64(np.asarray(im).transpose(2, 0, 1).tobytes())))
    frame = Image.fromarray(smooth(8, 8))
    animated = encode(frame, "WEBP", save_all=True, append_images=[frame.rotate(90)], lossless=True)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(dict(
        made_by="scripts/parity/imaging.py",
        versions=dict(pillow=PIL.__version__, numpy=np.__version__),
        background=BACKGROUND,
        resize=resize_cases(),
        files=decoded,
        animated_webp=b64(animated),
    ), indent=1) + "\n")


if __name__ == "__main__":
    main()
