// The form: a field for each column that the model reads.

import { h, named, number } from "./dom.js";

const manyCategories = 300;

/** Form makes the fields of a model and reads a row from them. */
export class Form {
  constructor(root, model, changed) {
    this.inputs = model.inputs.map((input, i) => new Input(input, i, changed));
    root.replaceChildren(...this.inputs.map((input) => input.element));
  }

  get fields() {
    return this.inputs.flatMap((input) => input.fields);
  }

  /** row is {"column": value}; what is left out or empty is null. */
  row() {
    const row = {};
    for (const input of this.inputs) {
      for (const field of input.fields) row[field.column.name] = input.leftOut ? null : field.value();
    }
    return row;
  }

  clear() {
    for (const input of this.inputs) input.clear();
  }

  /** blame shows a message beside the field of a column; false: there is no such field. */
  blame(column, message) {
    const field = this.fields.find((f) => f.column.name === column);
    if (!field) return false;
    field.blame(message);
    return true;
  }

  forgive() {
    for (const field of this.fields) field.blame("");
  }

  /** picture is the field of an input that is an image. */
  picture(input) {
    const found = this.inputs.find((i) => i.name === input);
    return found && found.fields[0] instanceof ImageField ? found.fields[0] : null;
  }
}

/** Input is the fields of one modality, with the control that leaves it out. */
class Input {
  constructor(input, index, changed) {
    this.name = input.name;
    this.type = input.type;
    this.fields = input.columns.map((column, i) => makeField(column, `f${index}-${i}`, changed));
    const body = h("div", { class: "fields" }, ...this.fields.map((f) => f.element));
    const optional = input.columns.every((column) => !column.required);
    this.out = h("input", { type: "checkbox", id: `out${index}`, change: () => {
      body.toggleAttribute("inert", this.leftOut);
      this.element.classList.toggle("out", this.leftOut);
      changed();
    } });
    const control = optional
      ? h("label", { class: "leave", for: `out${index}` }, this.out, " leave out")
      : h("span", { class: "leave" }, "always needed");
    this.element = h("fieldset", { class: "input", "data-input": input.name },
      h("legend", {}, named(input.name), " ", h("small", {}, input.type)), control, body);
  }

  get leftOut() {
    return this.out.checked;
  }

  clear() {
    for (const field of this.fields) field.clear();
    if (this.leftOut) this.out.click();
  }
}

function makeField(column, id, changed) {
  const kinds = { image: ImageField, file: ImageField, text: TextField, category: CategoryField, date: DateField, numbers: NumbersField };
  return new (kinds[column.type] || NumberField)(column, id, changed);
}

/** Field is one column: a label, a control, a hint and a place for what is wrong. */
class Field {
  constructor(column, id, changed) {
    this.column = column;
    this.changed = () => {
      this.blame("");
      changed();
    };
    this.control = this.makeControl(id);
    this.problem = h("p", { class: "problem", id: `${id}-problem`, hidden: true });
    const hint = this.hint();
    const described = [hint ? `${id}-hint` : "", `${id}-problem`].join(" ").trim();
    this.control.setAttribute("aria-describedby", described);
    this.control.setAttribute("data-column", column.name);
    this.element = h("div", { class: `field ${column.type}` },
      h("label", { for: id }, named(column.name)), this.place(),
      hint ? h("p", { class: "hint", id: `${id}-hint` }, hint) : null, this.problem);
  }

  place() {
    return this.control;
  }

  hint() {
    return "";
  }

  value() {
    return this.control.value === "" ? null : this.control.value;
  }

  clear() {
    this.control.value = "";
    this.blame("");
  }

  blame(message) {
    this.problem.textContent = message;
    this.problem.hidden = message === "";
    this.control.toggleAttribute("aria-invalid", message !== "");
    if (message !== "") this.control.setAttribute("aria-invalid", "true");
  }
}

class TextField extends Field {
  makeControl(id) {
    return h("textarea", { id, rows: 2, dir: "auto", input: this.changed });
  }

  hint() {
    return this.column.max_tokens ? `The first ${this.column.max_tokens} words or pieces of words are read.` : "";
  }
}

/** NumberField takes any text: what is no number, the server explains. */
class NumberField extends Field {
  makeControl(id) {
    return h("input", { id, type: "text", inputmode: this.column.type === "number" ? "decimal" : "text", autocomplete: "off", input: this.changed });
  }

  hint() {
    const { min, max, mean } = this.column;
    if (min !== undefined && max !== undefined) return `${number(min)} to ${number(max)} in training`;
    return mean === undefined ? "" : `about ${number(mean)} in training`;
  }

  value() {
    const text = this.control.value.trim();
    if (text === "") return null;
    return this.column.type === "number" && /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) && Number.isFinite(Number(text)) ? Number(text) : this.control.value;
  }
}

/** NumbersField takes a list of numbers: of JSON, or with spaces between them. */
class NumbersField extends Field {
  makeControl(id) {
    return h("textarea", { id, rows: 3, spellcheck: "false", placeholder: "[0.5, 1, 2]", input: this.changed });
  }

  hint() {
    const { length, shorter } = this.column;
    if (!length) return "A list of numbers.";
    return `A list of ${shorter ? "at most " : ""}${number(length)} numbers.`;
  }
}

/** DateField has the browser's own way to choose a day where the model reads dates as that gives them. */
class DateField extends Field {
  makeControl(id) {
    const type = this.column.date_format === "%Y-%m-%d" ? "date" : "text";
    return h("input", { id, type, autocomplete: "off", placeholder: type === "text" ? this.column.example : "", input: this.changed });
  }

  hint() {
    return `Written as ${this.column.example}, the newest one in training`;
  }
}

class CategoryField extends Field {
  makeControl(id) {
    const values = this.column.categories || [];
    if (values.length > manyCategories) {
      const list = h("datalist", { id: `${id}-values` }, ...values.map((value) => h("option", { value })));
      this.list = list;
      return h("input", { id, type: "text", list: list.id, autocomplete: "off", input: this.changed });
    }
    return h("select", { id, change: this.changed }, h("option", { value: "" }, "not known"), ...values.map((value) => h("option", { value }, value)));
  }

  place() {
    return this.list ? h("div", {}, this.control, this.list) : this.control;
  }
}

/** ImageField takes a file that is dropped, chosen or pasted. */
class ImageField extends Field {
  makeControl(id) {
    return h("input", { id, type: "file", accept: this.column.type === "image" ? "image/*" : "", change: () => this.take(this.control.files[0]) });
  }

  place() {
    this.preview = h("img", { alt: "", hidden: true, error: () => this.show(null), load: () => {
      this.preview.classList.toggle("tiny", this.preview.naturalWidth < 100);
    } });
    this.told = h("span", { class: "told" }, "Drop a file here, or choose one");
    const zone = h("div", { class: "drop" }, this.preview, this.told, this.control);
    zone.addEventListener("dragover", (e) => {
      e.preventDefault();
      zone.classList.add("over");
    });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (e) => {
      e.preventDefault();
      zone.classList.remove("over");
      this.take(e.dataTransfer.files[0]);
    });
    zone.addEventListener("paste", (e) => this.take(e.clipboardData.files[0]));
    return zone;
  }

  /** take reads a file; none is none. */
  take(file) {
    if (!file) return;
    this.file = file;
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      if (this.file !== file) return; // another was chosen meanwhile
      this.data = reader.result;
      this.show(this.data);
      this.changed();
    });
    reader.addEventListener("error", () => this.blame(`${file.name} cannot be read`));
    reader.readAsDataURL(file);
  }

  /** show shows the picture, or the file's name alone where the browser cannot. */
  show(url) {
    this.shown = url;
    this.preview.hidden = !url;
    if (url) {
      this.preview.src = url;
      this.preview.alt = `The chosen picture, ${this.file.name}`;
    }
    this.told.textContent = this.file ? this.file.name : "Drop a file here, or choose one";
  }

  value() {
    return this.data ? this.data.slice(this.data.indexOf(",") + 1) || null : null;
  }

  clear() {
    super.clear();
    this.file = this.data = null;
    this.show(null);
  }
}
