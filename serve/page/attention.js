// Where tokens of one input looked at those of another.

import { h, named } from "./dom.js";
import { Stage, cellName, most, words } from "./heat.js";

let made = 0;

/** attention is a section in which map, head and token can be chosen. */
export function attention(maps, form) {
  const view = new View(form);
  const id = `map${++made}`;
  const short = (m) => `${m.from} → ${m.to}, layer ${m.layer + 1}`;
  const name = (m) => (maps.filter((o) => short(o) === short(m)).length > 1 ? `${short(m)} (${m.path})` : short(m));
  const picker = h("select", { id, change: () => view.show(maps[picker.value]) }, ...maps.map((m, i) => h("option", { value: i }, name(m))));
  const first = preferred(maps, form);
  picker.value = first;
  const section = h("section", { id: "attention", "aria-labelledby": "attention-title" },
    h("h2", { id: "attention-title" }, "Where it looked ", h("small", {}, "attention")),
    h("p", {}, "Each token spreads a weight of 1 over what it reads. Attention shows where the model looked, which is not always why it answered so."),
    h("p", { class: "choices" }, h("label", { for: id }, "Map"), picker), view.element);
  view.show(maps[first]);
  return section;
}

/** preferred is the last layer of words, or else of columns, that look at a picture; else the last map. */
function preferred(maps, form) {
  const isText = (name) => form.inputs.find((i) => i.name === name)?.type === "text";
  const seeing = maps.filter((m) => m.from_tokens && m.to_grid);
  return maps.indexOf(seeing.findLast((m) => isText(m.from)) || seeing.at(-1) || maps.at(-1));
}

/** View is one map. */
class View {
  constructor(form) {
    this.form = form;
    this.element = h("div", { class: "map" });
  }

  show(map) {
    this.map = map;
    this.token = -1; // all
    this.head = -1; // their mean
    const id = `head${++made}`;
    const heads = h("select", { id, change: () => {
      this.head = Number(heads.value);
      this.draw();
    } }, h("option", { value: -1 }, "mean of all"), ...(map.heads || []).map((_, i) => h("option", { value: i }, `head ${i + 1}`)));
    this.text = h("p", { class: "left", role: "status" });
    this.target = h("div", { class: "target" });
    this.stage = this.makeStage(map.to, map.to_grid, `Attention over ${map.to}`);
    this.element.replaceChildren(h("div", {}, h("p", { class: "choices" }, h("label", { for: id }, "Heads"), heads), this.chooser()), h("div", {}, this.target, this.text));
    this.draw();
  }

  makeStage(input, grid, label, choose) {
    const field = grid && this.form.picture(input);
    return field ? new Stage(field, grid, label, choose) : null;
  }

  /** chooser picks the token that looks: words, or places of a picture. */
  chooser() {
    const { from, from_tokens: tokens, from_grid: grid, mean } = this.map;
    if (mean.length === 1) return h("p", {}, named(tokens ? tokens[0] : from), " as a whole looks:");
    const name = `token${++made}`;
    if (tokens || !grid) {
      const choice = (i, text) => h("label", {}, h("input", { type: "radio", name, value: i, checked: i < 0, change: () => this.choose(i) }), h("span", {}, named(text)));
      return h("fieldset", { class: "tokens" }, h("legend", {}, `Which of ${from} looks`), choice(-1, "all"),
        ...mean.map((_, i) => choice(i, tokens ? tokens[i] : `token ${i + 1}`)));
    }
    const select = h("select", { id: name, change: () => this.choose(Number(select.value)) }, h("option", { value: -1 }, "all places"), ...mean.map((_, i) => h("option", { value: i }, cellName(i, grid))));
    this.looking = this.makeStage(from, grid, `Place of ${from} that looks`, (i) => {
      select.value = i;
      this.choose(i);
    });
    return h("div", { class: "choices" }, h("label", { for: name }, `Which place of ${from} looks`), select, this.looking ? this.looking.element : null);
  }

  choose(token) {
    this.token = token;
    if (this.map.from_grid && this.looking) this.looking.mark(token);
    this.draw();
  }

  /** weights are what the chosen token gave each token that it read. */
  weights() {
    const rows = this.head < 0 ? this.map.mean : this.map.heads[this.head];
    if (this.token >= 0) return rows[this.token];
    return rows[0].map((_, j) => rows.reduce((sum, row) => sum + row[j], 0) / rows.length);
  }

  draw() {
    const { to, to_tokens: tokens, to_grid: grid } = this.map;
    const weights = this.weights();
    const stage = this.stage;
    if (stage) {
      if (!stage.element.isConnected) this.target.replaceChildren(stage.element);
      requestAnimationFrame(() => stage.paint(weights)); // its colours are known once it is in the page
      this.text.textContent = most(weights, (i) => cellName(i, grid));
      return;
    }
    const names = tokens || weights.map((_, i) => (grid ? cellName(i, grid) : `${to} ${i + 1}`));
    this.target.replaceChildren(words(names, weights));
    this.text.textContent = most(weights, (i) => names[i]);
  }
}
