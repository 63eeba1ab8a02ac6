"""Writes modality/image/imaging/testdata/variants.json: rare variants of image files.

    pip install pillow numpy
    python scripts/parity/variants.py

Each file has the pixels that Pillow makes of it, turned upright and over a
background, or none where Pillow refuses it. Most TIFF files are written here, tag by
tag, since no library writes them.
"""

import base64
import io
import json
import pathlib
import struct
import zlib

import numpy as np
import PIL
from PIL import Image

from imaging import BACKGROUND, b64, encode, noise, smooth, upright

OUT = pathlib.Path(__file__).parents[2] / "modality" / "image" / "imaging" / "testdata" / "variants.json"
W, H = 20, 14


def tiff(chunks, tags, width=W, height=H, order="<", tile=None):
    """A TIFF file of strips or tiles, and of tags given as {tag: value or values}."""
    tags = {256: width, 257: height, 259: 1, 277: 1, **tags}
    place, sizes = (324, 325) if tile else (273, 279)
    if tile:
        tags.update({322: tile[0], 323: tile[1]})
    else:
        tags.setdefault(278, -(-height // len(chunks)))
    tags[place], tags[sizes] = [0] * len(chunks), [len(c) for c in chunks]
    tags = {t: v if isinstance(v, (list, tuple)) else [v] for t, v in tags.items()}
    at = 8 + 2 + 12 * len(tags) + 4
    spill, long = {}, {place, sizes}
    for t in sorted(tags):
        n = len(tags[t]) * (4 if t in long else 2)
        if n > 4:
            spill[t], at = at, at + n
    for i, c in enumerate(chunks):
        tags[place][i], at = at, at + len(c)
    out = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(tags))
    more = b""
    for t in sorted(tags):
        v = b"".join(struct.pack(order + ("I" if t in long else "H"), x) for x in tags[t])
        out += struct.pack(order + "HHI", t, 4 if t in long else 3, len(tags[t]))
        if t in spill:
            out += struct.pack(order + "I", spill[t])
            more += v
        else:
            out += v.ljust(4, b"\0")
    return out + b"\0\0\0\0" + more + b"".join(chunks)


def mirrored(data):
    return bytes(int(f"{x:08b}"[::-1], 2) for x in data)


def tiffs():
    rgb, grey = noise(W, H, 2), noise(W, H, 4)[:, :, 0].copy()
    bits = np.packbits(grey > 100, axis=1).tobytes()
    alpha = np.random.default_rng(3).integers(0, 256, (H, W, 1), dtype=np.uint8)
    rgba = np.concatenate([rgb, alpha], 2)
    wide = np.random.default_rng(5).integers(0, 65536, (H, W, 3), dtype=np.uint16)
    r, g, b = (rgb[:, :, i].tobytes() for i in range(3))
    RGB, GREY = {258: [8, 8, 8], 262: 2, 277: 3}, {258: 8, 262: 1}

    for n in (1, 2):
        for zero, meaning in ((0, "white"), (1, "black")):
            data = bits if n == 1 else mirrored(bits)
            yield f"1 bit, zero is {meaning}, fill order {n}", tiff([data], {258: 1, 262: zero, 266: n})
            yield f"1 bit deflate, zero is {meaning}, fill order {n}", tiff(
                [zlib.compress(bits) if n == 1 else mirrored(zlib.compress(bits))], {258: 1, 262: zero, 266: n, 259: 8})
    yield "8 bits, fill order 2", tiff([mirrored(grey.tobytes())], {**GREY, 266: 2})
    yield "rgb, fill order 2, strips", tiff([mirrored(rgb[:7].tobytes()), mirrored(rgb[7:].tobytes())], {**RGB, 266: 2})
    yield "big-endian 1 bit, fill order 2", tiff([mirrored(bits)], {258: 1, 262: 1, 266: 2}, order=">")
    fax = Image.open(io.BytesIO(encode(Image.fromarray(grey > 100), "TIFF", compression="group4")))
    at, size = fax.tag_v2[273][0], fax.tag_v2[279][0]
    coded = fax.fp.getvalue()[at:at + size] if hasattr(fax.fp, "getvalue") else None
    if coded:
        yield "group 4 fax, fill order 2", tiff([mirrored(coded)], {258: 1, 262: fax.tag_v2[262], 266: 2, 259: 4})
    yield "tiled 1 bit, fill order 2", tiff(
        [mirrored(np.packbits(np.pad(grey > 100, ((0, 2), (0, 12)))[:, x:x + 16], axis=1).tobytes()) for x in (0, 16)],
        {258: 1, 262: 1, 266: 2}, tile=(16, 16))

    yield "grey, zero is white", tiff([grey.tobytes()], {258: 8, 262: 0})
    yield "grey 16, zero is white", tiff([wide[:, :, 0].tobytes()], {258: 16, 262: 0})
    yield "grey 16 big-endian", tiff([wide[:, :, 0].astype(">u2").tobytes()], {258: 16, 262: 1}, order=">")
    yield "grey 4", tiff([np.random.default_rng(6).integers(0, 256, H * W // 2, dtype=np.uint8).tobytes()], {258: 4, 262: 1})
    yield "grey 12", tiff([np.random.default_rng(6).integers(0, 256, H * W * 3 // 2, dtype=np.uint8).tobytes()], {258: 12, 262: 1})
    yield "grey 32", tiff([wide[:, :, 0].astype("<u4").tobytes()], {258: 32, 262: 1})
    yield "grey float", tiff([wide[:, :, 0].astype("<f4").tobytes()], {258: 32, 262: 1, 339: 3})
    yield "grey signed", tiff([grey.tobytes()], {258: 8, 262: 1, 339: 2})
    yield "grey alpha", tiff([np.stack([grey, alpha[:, :, 0]], -1).tobytes()], {258: [8, 8], 262: 1, 277: 2, 338: 2})
    yield "grey alpha, one depth given", tiff([np.stack([grey, alpha[:, :, 0]], -1).tobytes()], {258: 8, 262: 1, 277: 2, 338: 2})
    yield "grey alpha planar", tiff([grey.tobytes(), alpha.tobytes()], {258: [8, 8], 262: 1, 277: 2, 338: 2, 284: 2, 278: H})
    yield "rgb", tiff([rgb.tobytes()], RGB)
    yield "rgb, one depth given", tiff([rgb.tobytes()], {**RGB, 258: 8})
    yield "rgb planar", tiff([r, g, b], {**RGB, 284: 2, 278: H})
    yield "rgb planar strips", tiff([c[i:i + 7 * W] for c in (r, g, b) for i in (0, 7 * W)], {**RGB, 284: 2, 278: 7})
    yield "rgb planar deflate", tiff([zlib.compress(c) for c in (r, g, b)], {**RGB, 284: 2, 278: H, 259: 8})
    yield "grey planar", tiff([grey.tobytes()], {**GREY, 284: 2})
    yield "rgb 16", tiff([wide.tobytes()], {258: [16] * 3, 262: 2, 277: 3})
    yield "rgb 16 big-endian", tiff([wide.astype(">u2").tobytes()], {258: [16] * 3, 262: 2, 277: 3}, order=">")
    yield "rgbx", tiff([rgba.tobytes()], {258: [8] * 4, 262: 2, 277: 4, 338: 0})
    yield "rgba associated", tiff([np.concatenate([(rgb * (alpha / 255.0)).astype(np.uint8), alpha], 2).tobytes()], {258: [8] * 4, 262: 2, 277: 4, 338: 1})
    yield "rgba", tiff([rgba.tobytes()], {258: [8] * 4, 262: 2, 277: 4, 338: 2})
    yield "rgba, alpha not described", tiff([rgba.tobytes()], {258: [8] * 4, 262: 2, 277: 4})
    yield "rgba and one more", tiff([np.concatenate([rgba, alpha], 2).tobytes()], {258: [8] * 5, 262: 2, 277: 5, 338: [2, 0]})
    yield "cmyk", tiff([rgba.tobytes()], {258: [8] * 4, 262: 5, 277: 4})
    yield "lab", tiff([rgb.tobytes()], {**RGB, 262: 8})
    yield "ycbcr", tiff([rgb.tobytes()], {**RGB, 262: 6, 530: [1, 1]})
    yield "palette 4 bits", tiff([np.random.default_rng(6).integers(0, 256, H * W // 2, dtype=np.uint8).tobytes()],
                                 {258: 4, 262: 3, 320: [257 * int(v) for v in np.random.default_rng(7).integers(0, 256, 48)]})
    yield "palette 1 bit", tiff([bits], {258: 1, 262: 3, 320: [0, 0xffff, 0xffff, 0, 0x8080, 0]})
    yield "palette 16 bits", tiff([(wide[:, :, 0] % 300).astype("<u2").tobytes()], {258: 16, 262: 3, 320: [7 * i % 65536 for i in range(768)]})
    step = np.diff(rgb.astype(np.int16), axis=1, prepend=0).astype(np.uint8)
    step[:, 0] = rgb[:, 0]
    yield "predictor 2, not compressed", tiff([step.tobytes()], {**RGB, 317: 2})
    yield "predictor 2, packed bits", tiff([bytes(x for v in step.tobytes() for x in (0, v))], {**RGB, 317: 2, 259: 32773})
    yield "predictor 2 deflate", tiff([zlib.compress(step.tobytes())], {**RGB, 317: 2, 259: 8})
    yield "predictor 2, old deflate", tiff([zlib.compress(step.tobytes())], {**RGB, 317: 2, 259: 32946})
    yield "predictor 3 deflate of whole numbers", tiff([zlib.compress(rgb.tobytes())], {**RGB, 317: 3, 259: 8})
    step16 = np.diff(wide, axis=1, prepend=np.zeros((H, 1, 3), np.uint16)).astype(np.uint16)
    yield "predictor 2 deflate 16", tiff([zlib.compress(step16.tobytes())], {258: [16] * 3, 262: 2, 277: 3, 317: 2, 259: 8})
    yield "predictor 2 deflate 16 big-endian", tiff([zlib.compress(step16.astype(">u2").tobytes())], {258: [16] * 3, 262: 2, 277: 3, 317: 2, 259: 8}, order=">")
    padded = np.pad(rgb, ((0, 2), (0, 12), (0, 0)))
    yield "tiled", tiff([padded[:, x:x + 16].tobytes() for x in (0, 16)], RGB, tile=(16, 16))
    yield "tiled planar", tiff([padded[:, x:x + 16, c].tobytes() for c in range(3) for x in (0, 16)], {**RGB, 284: 2}, tile=(16, 16))

    im = Image.fromarray(rgb)
    for c in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "zstd", "webp", "lzma"):
        try:
            yield f"by Pillow, {c}", encode(im, "TIFF", compression=c)
        except (OSError, ValueError, KeyError):
            print("left out:", c)
    yield "by Pillow, lzw, predictor 2", encode(im, "TIFF", compression="tiff_lzw", tiffinfo={317: 2})
    for c in ("group3", "group4", "tiff_ccitt"):
        yield f"by Pillow, {c}", encode(Image.fromarray(grey > 100), "TIFF", compression=c)
    yield "two pages", encode(im, "TIFF", save_all=True, append_images=[im.rotate(180)])
    yield "BigTIFF", encode(im, "TIFF", big_tiff=True)
    for mode in ("LA", "CMYK", "LAB", "YCbCr", "I", "F", "1", "RGBX"):
        yield f"by Pillow, {mode}", encode(im.convert("L" if mode in "IF" else "RGB").convert(mode) if mode != "LA" else im.convert("LA"), "TIFF")


def segment(marker, body):
    return bytes([0xff, marker]) + struct.pack(">H", len(body) + 2) + body


def without(data, marker):
    at = 2
    while data[at + 1] != 0xda:
        n = 2 + struct.unpack(">H", data[at + 2:at + 4])[0]
        if data[at + 1] == marker:
            data = data[:at] + data[at + n:]
        else:
            at += n
    return data


def adobe(data, transform):
    data = without(without(data, 0xee), 0xe0)
    return data[:2] + segment(0xee, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, transform)) + data[2:]


def jpegs():
    rgb = Image.fromarray(smooth(W, H))
    cmyk = encode(rgb.convert("CMYK"), "JPEG", quality=95)
    plain = encode(rgb, "JPEG", quality=95, subsampling=0)
    yield "cmyk", cmyk
    yield "cmyk, Adobe", adobe(cmyk, 0)
    yield "cmyk, no Adobe marker", without(cmyk, 0xee)
    yield "ycck, Adobe", adobe(cmyk, 2)
    yield "four components, Adobe says YCbCr", adobe(cmyk, 1)
    yield "cmyk progressive", encode(rgb.convert("CMYK"), "JPEG", quality=95, progressive=True)
    yield "rgb kept", encode(rgb, "JPEG", quality=95, keep_rgb=True)
    yield "rgb, Adobe says none", adobe(plain, 0)
    yield "ycbcr, Adobe", adobe(plain, 1)
    yield "ycbcr, no marker", without(plain, 0xe0)
    yield "grey", encode(rgb.convert("L"), "JPEG", quality=95)
    yield "grey, Adobe", adobe(encode(rgb.convert("L"), "JPEG", quality=95), 0)
    yield "4:2:2", encode(rgb, "JPEG", quality=95, subsampling=1)
    yield "restart markers", encode(rgb, "JPEG", quality=95, restart_marker_blocks=1)
    twelve = bytearray(plain)
    at = twelve.index(b"\xff\xc0")
    twelve[at + 1], twelve[at + 4] = 0xc1, 12
    yield "12 bits", bytes(twelve)


def png(width, height, depth, kind, rows, *chunks):
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    out = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    for name, body in chunks:
        out += chunk(name, body)
    return out + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + r for r in rows))) + chunk(b"IEND", b"")


def pngs():
    random = np.random.default_rng(8)
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
    for kind, depths in {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}.items():
        for depth in depths:
            n = (W * depth * channels[kind] + 7) // 8
            if kind == 0:
                tr = [(b"tRNS", struct.pack(">H", 1))]
            elif kind == 2:
                tr = [(b"tRNS", struct.pack(">HHH", 1, 2, 3))]
            else:
                tr = []
            rows = [random.integers(0, 256, n, dtype=np.uint8).tobytes() for _ in range(H)]
            name = {0: "grey", 2: "rgb", 3: "palette", 4: "grey alpha", 6: "rgba"}[kind]
            palette = [(b"PLTE", random.integers(0, 256, 3 << depth, dtype=np.uint8).tobytes())] if kind == 3 else []
            yield f"{name} {depth}", png(W, H, depth, kind, rows, *palette)
            if kind == 3:
                tr = [(b"tRNS", random.integers(0, 256, (1 << depth) // 2, dtype=np.uint8).tobytes())]
            if tr:
                yield f"{name} {depth}, tRNS", png(W, H, depth, kind, rows, *palette, *tr)


def bmp(width, height, bits, rows, header=40, compression=0, masks=b"", palette=b"", down=False):
    pixels = b"".join(rows)
    info = struct.pack("<IiiHHIIiiII", header, width, -height if down else height, 1, bits, compression, len(pixels), 0, 0, len(palette) // 4, 0)
    if header > 40:
        info += masks.ljust(16, b"\0") + struct.pack("<I", 0x73524742) + b"\0" * (header - 60)
        masks = b""
    at = 14 + len(info) + len(masks) + len(palette)
    return b"BM" + struct.pack("<IHHI", at + len(pixels), 0, 0, at) + info + masks + palette + pixels


def bmps():
    random = np.random.default_rng(9)

    def rows(bits):
        n = (W * bits + 31) // 32 * 4
        return [random.integers(0, 256, n, dtype=np.uint8).tobytes() for _ in range(H)]
    for bits in (1, 4, 8):
        palette = random.integers(0, 256, 4 << bits, dtype=np.uint8).tobytes()
        yield f"{bits} bits", bmp(W, H, bits, rows(bits), palette=palette)
    yield "8 bits top down", bmp(W, H, 8, rows(8), palette=palette, down=True)
    yield "16 bits", bmp(W, H, 16, rows(16))
    yield "16 bits 565", bmp(W, H, 16, rows(16), compression=3, masks=struct.pack("<III", 0xf800, 0x7e0, 0x1f))
    yield "24 bits", bmp(W, H, 24, rows(24))
    yield "24 bits top down", bmp(W, H, 24, rows(24), down=True)
    yield "32 bits", bmp(W, H, 32, rows(32))
    bgra = struct.pack("<IIII", 0xff0000, 0xff00, 0xff, 0xff000000)
    rgba = struct.pack("<IIII", 0xff, 0xff00, 0xff0000, 0xff000000)
    for header in (40, 56, 108, 124):
        yield f"32 bits bit fields, header {header}", bmp(W, H, 32, rows(32), header=header, compression=3, masks=bgra[:12])
        if header > 40:
            yield f"32 bits bit fields alpha, header {header}", bmp(W, H, 32, rows(32), header=header, compression=3, masks=bgra)
            yield f"32 bits bit fields rgba, header {header}", bmp(W, H, 32, rows(32), header=header, compression=3, masks=rgba)
            yield f"32 bits, header {header}", bmp(W, H, 32, rows(32), header=header)
    yield "8 bits rle", bmp(W, H, 8, [bytes([W, 7, 0, 0])] * H + [b"\0\1"], compression=1, palette=palette)


def gifs():
    frames = [Image.fromarray(noise(W, H, s)).quantize(16) for s in (1, 2)]
    yield "two frames", encode(frames[0], "GIF", save_all=True, append_images=frames[1:], disposal=2)
    yield "transparent", encode(frames[0], "GIF", transparency=3, disposal=2)
    small = bytearray(encode(frames[0], "GIF"))
    small[6:10] = struct.pack("<HH", W + 4, H + 3)  # the frame covers a part of the canvas
    yield "smaller frame", bytes(small)
    small[11] = 5
    yield "smaller frame, background colour 5", bytes(small)
    yield "smaller frame, transparent", bytes(small[:6]) + struct.pack("<HH", W + 4, H + 3) + encode(frames[0], "GIF", transparency=3)[10:]
    yield "interlaced", encode(frames[0], "GIF", interlace=1)


def webps():
    rgb = Image.fromarray(smooth(W, H))
    soft = rgb.copy()
    soft.putalpha(Image.fromarray(np.tile(np.linspace(0, 255, W).astype(np.uint8), (H, 1))))
    yield "lossy alpha", encode(soft, "WEBP", quality=95, exact=True)
    yield "lossy alpha, alpha lossy", encode(soft, "WEBP", quality=95, alpha_quality=50, exact=True)
    yield "lossless alpha", encode(soft, "WEBP", lossless=True, exact=True)
    yield "lossless palette", encode(rgb.quantize(4).convert("RGB"), "WEBP", lossless=True)
    yield "icc", encode(rgb, "WEBP", lossless=True, icc_profile=b"0" * 40)


def main():
    out = []
    for kind, files in ("tiff", tiffs), ("jpeg", jpegs), ("png", pngs), ("bmp", bmps), ("gif", gifs), ("webp", webps):
        for name, data in files():
            record = dict(name=f"{kind} {name}", data=b64(data))
            try:
                im = upright(data)
                record.update(width=im.width, height=im.height, want=b64(np.asarray(im).transpose(2, 0, 1).tobytes()))
            except Exception as e:  # whatever Pillow says
                print(record["name"], "is refused by Pillow:", e)
            out.append(record)
    OUT.write_text(json.dumps(dict(
        made_by="scripts/parity/variants.py",
        versions=dict(pillow=PIL.__version__, numpy=np.__version__),
        background=BACKGROUND,
        files=out,
    ), indent=1) + "\n")


if __name__ == "__main__":
    main()
