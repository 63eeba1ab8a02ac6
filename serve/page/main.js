// The page: asks what the model takes, sends rows, shows answers.

import { contributions, kind, probabilityBars, sentence, shares } from "./answer.js";
import { attention } from "./attention.js";
import { attributions } from "./attributions.js";
import { curl } from "./curl.js";
import { h, named } from "./dom.js";
import { Form } from "./fields.js";

const at = (id) => document.getElementById(id);
const slow = 400; // milliseconds after which a wait is said

// A server with a token is opened as /#token=…: what stands behind # stays in the browser.
const token = new URLSearchParams(location.hash.slice(1)).get("token");
const authorized = (headers) => (token ? { ...headers, Authorization: `Bearer ${token}` } : headers);

let model, form;
let outputs; // of the model, one or several by name
let asked = 0; // requests so far: an answer to an older one is not shown

async function start() {
  let answer;
  try {
    answer = await fetch("v1/model", { headers: authorized({}) });
    if (!answer.ok) throw new Error(await problemOf(answer));
    model = await answer.json();
  } catch (error) {
    at("headline").textContent = `The model could not be asked what it takes: ${error.message}`;
    return;
  }
  document.title = `${model.name} – Chiasm`;
  at("name").textContent = model.name;
  const inputs = model.inputs.map((i) => i.name).join(", ");
  outputs = model.outputs ?? [model.output];
  at("headline").textContent = `Predicts ${outputs.map((o) => `${o.column}, ${kind(o)}`).join("; ")}, from ${inputs}.`;
  at("about").replaceChildren(...[["Parameters", model.parameters.toLocaleString("en")], ["Fusion", model.fusion], ["Chiasm", model.version]]
    .filter(([, value]) => value).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, named(value)))));
  form = new Form(at("fields"), model, changed);
  at("form").addEventListener("submit", (e) => {
    e.preventDefault();
    ask();
  });
  at("form").addEventListener("reset", (e) => {
    e.preventDefault();
    form.clear();
    at("fields").querySelector("input:not([type=checkbox]), textarea, select")?.focus();
  });
  at("form").addEventListener("keydown", (e) => {
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) at("form").requestSubmit();
  });
  at("submit").disabled = false;
  changed();
}

function changed() {
  at("curl").textContent = curl(form, location.origin);
}

/** problemOf is what is wrong in an answer that is no success. */
async function problemOf(answer) {
  const body = await answer.json().catch(() => null);
  return body?.error?.message || `the server answered ${answer.status}`;
}

async function ask() {
  const mine = ++asked;
  const row = form.row();
  form.forgive();
  complain("");
  const waiting = setTimeout(() => say("The model is computing …"), slow);
  try {
    const predicted = await post("v1/predict", row);
    clearTimeout(waiting);
    if (mine !== asked) return;
    if (!predicted) {
      at("probabilities").replaceChildren();
      at("answer").classList.remove("given");
      forget();
      return say("There is no answer to this row: see what is marked in the form.");
    }
    const p = predicted.predictions[0];
    at("probabilities").replaceChildren(...outputs.map((o) => answerOf(p, o)));
    say(outputs.map((o) => sentence(said(p, o), o)).join("; "));
    at("answer").classList.add("given");
    at("answer").scrollIntoView({ block: "nearest" }); // on a phone it is below the form
    forget();
    if (model.explain && p.present.length) await explain(row, mine);
  } catch (error) {
    complain(`The server could not be reached: ${error.message}`);
  } finally {
    clearTimeout(waiting);
  }
}

/** said is what a prediction says for an output. */
function said(p, output) {
  return output.name ? p.outputs[output.name] : p;
}

/** answerOf are the probabilities of an output, under its name where there are several. */
function answerOf(p, output) {
  const bars = probabilityBars(said(p, output), output);
  if (!output.name) return bars;
  return h("div", {}, h("h3", {}, named(output.name), " ", h("small", {}, sentence(said(p, output), output))), bars);
}

/** choice lets the reader say which of several outputs is explained. */
function choice(row, of) {
  if (outputs.length < 2) return null;
  const options = outputs.map((o) => h("option", { value: o.name, selected: o.name === of }, o.name));
  const select = h("select", { id: "explained", change: (e) => explain(row, ++asked, e.target.value) }, ...options);
  return h("p", {}, h("label", { for: "explained" }, "Reasons for "), select);
}

async function explain(row, mine, of = outputs[0].name) {
  at("adds").replaceChildren();
  at("why").replaceChildren(h("p", { class: "wait" }, "Looking for reasons …"));
  const explained = await post(of ? `v1/explain?output=${encodeURIComponent(of)}` : "v1/explain", row);
  if (mine !== asked) return;
  const e = explained?.explanations[0];
  const parts = [];
  const adds = [choice(row, of)];
  if (e?.contributions) adds.push(contributions(e.contributions, model.inputs.map((i) => i.name).filter((name) => !e.present.includes(name))));
  at("adds").replaceChildren(...adds.filter(Boolean));
  if (e?.attention?.length) parts.push(attention(e.attention, form));
  if (e?.attributions?.length) parts.push(attributions(e.attributions, e.completeness, form));
  if (e?.shares?.length) parts.push(shares(e.shares));
  at("why").replaceChildren(...parts);
}

/** post sends one row; where it is refused, the field's message is shown and the result is null. */
async function post(path, row) {
  const answer = await fetch(path, { method: "POST", headers: authorized({ "Content-Type": "application/json" }), body: JSON.stringify({ rows: [row] }) });
  if (answer.ok) return answer.json();
  const body = await answer.json().catch(() => null);
  const error = body?.error || { message: `the server answered ${answer.status}` };
  if (error.field && form.blame(error.field, `${error.field} ${error.message}`)) {
    form.fields.find((f) => f.column.name === error.field).control.focus();
  } else {
    complain(error.field ? `${error.field}: ${error.message}` : error.message);
  }
  return null;
}

/** forget takes away the reasons of an answer before. */
function forget() {
  at("adds").replaceChildren();
  at("why").replaceChildren();
}

function say(text) {
  at("said").textContent = text;
}

function complain(text) {
  at("problem").textContent = text;
  at("problem").hidden = text === "";
}

start();
