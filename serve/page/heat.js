// Heat over a picture, and over words.

import { h, named, number, share, signed } from "./dom.js";

/** The model sees a picture of its own shape: these are CSS's words for how it is made to fit. */
const fits = { stretch: "fill", pad: "contain", crop: "cover" };

const deepest = 210; // of 255: the picture stays visible under the largest value

/** Stage is a picture with a grid of heat over it. */
export class Stage {
  /** choose is called with the index of a cell that was pointed at; it may be null. */
  constructor(field, grid, label, choose) {
    this.grid = grid;
    const column = field.column;
    const [height, width] = column.size || grid;
    this.picture = h("img", { alt: "" });
    if (field.shown) this.picture.src = field.shown;
    this.picture.hidden = !field.shown;
    this.canvas = h("canvas", { width: grid[1], height: grid[0], role: "img", "aria-label": label });
    this.element = h("div", { class: "stage" }, this.picture, this.canvas);
    this.picture.style.objectFit = fits[column.fit] || "fill";
    this.element.style.aspectRatio = `${width} / ${height}`;
    if ((column.fit || "stretch") === "stretch") {
      const natural = () => {
        if (this.picture.naturalWidth) this.element.style.aspectRatio = `${this.picture.naturalWidth} / ${this.picture.naturalHeight}`;
      };
      this.picture.addEventListener("load", natural);
      natural();
    }
    if (choose) {
      this.element.classList.add("chosen-from");
      this.canvas.addEventListener("click", (e) => {
        const box = this.canvas.getBoundingClientRect();
        const x = Math.min(grid[1] - 1, Math.floor(((e.clientX - box.left) / box.width) * grid[1]));
        const y = Math.min(grid[0] - 1, Math.floor(((e.clientY - box.top) / box.height) * grid[0]));
        choose(y * grid[1] + x);
      });
    }
  }

  /** paint draws values, row by row: from the least, clear, to the largest; or, if signed, from 0 both ways. */
  paint(values, isSigned = false) {
    const least = isSigned ? 0 : Math.min(...values);
    const range = Math.max(...values.map((v) => Math.abs(v - least)), 1e-12);
    const style = getComputedStyle(this.canvas);
    const color = (name) => rgb(style.getPropertyValue(name));
    const up = color(isSigned ? "--for" : "--heat"), down = color("--against");
    const context = this.canvas.getContext("2d");
    const image = context.createImageData(this.grid[1], this.grid[0]);
    values.forEach((v, i) => {
      image.data.set([...(v < 0 ? down : up), Math.round(deepest * Math.abs(v - least) / range)], 4 * i);
    });
    context.putImageData(image, 0, 0);
    this.canvas.dataset.painted = String(values.indexOf(Math.max(...values)));
  }

  /** mark outlines one cell: the one that looks. */
  mark(index) {
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.grid[1], this.grid[0]);
    context.fillStyle = getComputedStyle(this.canvas).getPropertyValue("--heat");
    if (index < 0) return;
    context.fillRect(index % this.grid[1], Math.floor(index / this.grid[1]), 1, 1);
  }
}

function rgb(hex) {
  const value = parseInt(hex.trim().slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** cellName is a cell in words. */
export function cellName(index, grid) {
  return `row ${Math.floor(index / grid[1]) + 1}, column ${(index % grid[1]) + 1}`;
}

/** most says in words where values are largest. */
export function most(values, name) {
  const order = values.map((v, i) => i).sort((a, b) => values[b] - values[a]).slice(0, 3);
  return `Most on ${order.map((i) => `${name(i)} (${number(values[i])})`).join("; ")}; least ${number(Math.min(...values))}.`;
}

/** words are tokens with their weight behind them. */
export function words(tokens, values, isSigned = false) {
  const largest = Math.max(...values.map(Math.abs), 1e-12);
  return h("ul", { class: "words" }, ...tokens.map((token, i) => {
    const v = values[i] ?? 0;
    const item = h("li", { class: isSigned ? (v < 0 ? "against" : "for") : "looked" }, named(token), h("small", {}, isSigned ? signed(v) : number(v)));
    return share(item, Math.abs(v) / largest);
  }));
}
