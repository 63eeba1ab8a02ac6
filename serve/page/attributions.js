// What the parts of each input add to the score.

import { signedBars } from "./answer.js";
import { h, named, number, signed } from "./dom.js";
import { Stage, cellName, most, words } from "./heat.js";

/** attributions is a section of one part for each input. */
export function attributions(all, completeness, form) {
  const gap = completeness
    ? `Together they lead the ${completeness.of} from ${number(completeness.baseline)} at the baselines to ${number(completeness.value)}, but for ${number(100 * Math.abs(completeness.relative_gap), 2)} % of the way.`
    : "";
  return h("section", { id: "attributions", "aria-labelledby": "attributions-title" },
    h("h2", { id: "attributions-title" }, "What spoke for and against it ", h("small", {}, "integrated gradients")),
    h("p", {}, `Each part of an input beside a baseline that says nothing: blue speaks for the answer, orange against it. ${gap}`),
    h("div", { class: "parts" }, ...all.map((a) => part(a, form))));
}

function part(a, form) {
  const title = h("h3", {}, named(a.input), " ", h("small", {}, a.baseline ? `beside ${a.baseline}` : ""));
  if (a.kind === "regions" && a.grid) {
    const values = a.values.flat();
    const field = form.picture(a.input);
    const text = h("p", { class: "left" }, `${most(values, (i) => cellName(i, a.grid))} In all ${signed(values.reduce((x, y) => x + y, 0))}.`);
    if (!field) return h("div", {}, title, text);
    const stage = new Stage(field, a.grid, `What regions of ${a.input} speak for and against`);
    requestAnimationFrame(() => stage.paint(values, true));
    return h("div", {}, title, stage.element, text);
  }
  if (a.kind === "tokens") return h("div", {}, title, words(a.tokens, a.values, true));
  const names = a.columns || a.values.map((_, i) => `${a.input} ${i + 1}`);
  return h("div", {}, title, signedBars(names.map((name, i) => ({ name, value: a.values[i] })), a.input));
}
