"""Pictures decoded and resized by Pillow."""

import base64
import io

import PIL
from PIL import Image


def prepare(request):
    file, size = base64.b64decode(request["picture"]), request["size"]

    def step():
        return Image.open(io.BytesIO(file)).convert("RGB").resize((size, size), Image.Resampling.BILINEAR)

    step()
    return step, {"kernels": "Pillow " + PIL.__version__}
