// What the model says, and how sure it is.

import { h, named, number, share, signed } from "./dom.js";

const mostLabels = 8; // the rest is folded away, if it is more than two

/** labelsOf are the labels that a prediction names. */
function labelsOf(p, output) {
  if (Array.isArray(p.prediction)) return p.prediction;
  return output.separator ? String(p.prediction || "").split(output.separator).filter(Boolean) : [p.prediction];
}

/** kind says what an output answers: a number where it has no labels, any of them where they have a separator. */
export function kind(output) {
  if (!output.labels) return "a number";
  return `${output.separator ? "any of" : "one of"} ${output.labels.length} labels`;
}

/** sentence says a prediction in words. */
export function sentence(p, output) {
  if (!output.labels) return `${output.column}: ${number(p.prediction)}`;
  if (output.separator) return `${output.column}: ${labelsOf(p, output).join(", ") || "none of the labels"}`;
  return `${output.column}: ${p.prediction}, with probability ${p.probabilities[p.prediction].toFixed(3)}`;
}

/** probabilityBars are the labels, the likeliest first. */
export function probabilityBars(p, output) {
  if (!p.probabilities) return h("div");
  const all = Object.entries(p.probabilities).sort((a, b) => b[1] - a[1]);
  const said = new Set(labelsOf(p, output));
  const row = ([label, value]) => h("li", said.has(label) ? { class: "is" } : {}, h("span", { class: "label" }, named(label)), share(h("span", { class: "bar" }), value), h("span", { class: "n" }, value.toFixed(3)));
  const shown = all.length <= mostLabels + 2 ? all.length : mostLabels;
  const list = h("ol", { class: "probabilities", "aria-label": "Probabilities" }, ...all.slice(0, shown).map(row));
  if (shown === all.length) return list;
    const rest = h("details", {}, h("summary", {}, `${all.length - shown} more labels`), h("ol", { class: "probabilities", start: shown + 1 }, ...all.slice(shown).map(row)));
  return h("div", {}, list, rest);
}

/** signedBars are values that speak for and against, on one scale. */
export function signedBars(rows, label) {
  const most = Math.max(...rows.map((r) => Math.abs(r.value)), 1e-12);
  return h("ul", { class: "signed", "aria-label": label }, ...rows.map((r) => {
    const bar = h("span", { class: `bar ${r.value < 0 ? "against" : "for"}` });
    return h("li", {}, h("span", { class: "label" }, named(r.name)), share(bar, Math.abs(r.value) / most), h("span", { class: "n" }, signed(r.value)));
  }));
}

/** contributions says what each input adds. */
export function contributions(c, leftOut) {
  const rows = c.inputs.map((i) => ({ name: i.input, value: i.value })).sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const out = leftOut.length ? ` Left out, and so without a say: ${leftOut.join(", ")}.` : "";
  return h("section", { id: "contributions", "aria-labelledby": "contributions-title" },
    h("h2", { id: "contributions-title" }, "What each input adds ", h("small", {}, `to the ${c.of}`)),
    h("p", {}, `It is ${number(c.base)} knowing nothing of the row, and ${number(c.total)} with all that is given.${out}`),
    signedBars(rows, "What each input adds"),
    h("p", { class: "left" }, "Shapley values: the mean of what an input adds, over all orders in which inputs can be made known."));
}

/** shares are how operators weigh inputs. */
export function shares(all) {
  return h("section", { id: "shares", "aria-labelledby": "shares-title" },
    h("h2", { id: "shares-title" }, "How inputs were weighed"),
    ...all.map((s) => h("div", {}, h("h3", {}, named(s.path || "fusion"), " ", h("small", {}, s.kind)),
      h("ul", { class: "probabilities" }, ...Object.entries(s.inputs).map(([name, value]) => h("li", {}, h("span", { class: "label" }, named(name)), share(h("span", { class: "bar" }), value), h("span", { class: "n" }, value.toFixed(3))))))));
}
