"""The peer of chiasm serve: FastAPI and ONNX Runtime with an exported model.

    pip install fastapi uvicorn uvloop httptools orjson onnxruntime numpy pillow
    EXPORTED=folder python -m uvicorn peer:app --port 8101 --workers 2

It answers POST /v1/predict as chiasm does. Rows become tensors as the sample in the
exported folder makes them; ids of words are kept, since a service would keep them.
"""

import base64
import functools
import io
import os
import pathlib
import sys

import onnxruntime
import orjson
from fastapi import FastAPI, Request, Response

folder = pathlib.Path(os.environ["EXPORTED"])
sys.path.insert(0, str(folder / "samples"))
import predict  # noqa: E402  of the exported folder


class Model(predict.Model):
    def __init__(self, folder):
        super().__init__(folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(os.environ.get("THREADS", "1"))
        self.session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
        for text in self.texts.values():
            if hasattr(text, "bag"):
                text.bag = functools.lru_cache(1 << 16)(text.bag)

    def arrays(self, one, row, images):
        if "image" not in one:
            return super().arrays(one, row, images)
        value = row.get(one["columns"][0])
        if not value:
            return None
        return [predict.load_pixels(io.BytesIO(base64.b64decode(value)), one["image"])]


model = Model(folder)
app = FastAPI()


@app.get("/healthz")
async def healthz():
    return {"status": "ok"}


@app.post("/v1/predict")
async def answer(request: Request):
    rows = orjson.loads(await request.body())["rows"]
    return Response(orjson.dumps({"predictions": model.predict(rows)}), media_type="application/json")
