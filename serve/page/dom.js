// Elements in one call. Text is never read as markup.

/** h makes an element: attributes that are functions listen, true and false switch. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (typeof value === "boolean") element.toggleAttribute(name, value);
    else if (value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter((c) => c !== null && c !== undefined));
  return element;
}

/** share sets how much of a bar is filled, from 0 to 1. */
export function share(element, value, name = "--v") {
  element.style.setProperty(name, Math.max(0, Math.min(1, value)).toFixed(4));
  return element;
}

/** number shows a figure with few digits, and a minus that is no hyphen. */
export function number(v, digits = 3) {
  if (v === null || v === undefined || Number.isNaN(v)) return "–";
  const size = Math.abs(v);
  let text = String(Number(size.toFixed(digits)));
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) text = size.toExponential(2);
  else if (size >= 1000) text = size.toFixed(1).replace(/\.0$/, "");
  return v < 0 && text !== "0" ? `−${text}` : text;
}

/** signed is a figure with its sign. */
export function signed(v) {
  const text = number(v);
  return v < 0 || text === "0" ? text : `+${text}`;
}

/** named is an isolated name, for data that may run from right to left. */
export function named(text) {
  return h("bdi", {}, text);
}
