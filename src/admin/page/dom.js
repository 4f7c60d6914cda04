/** Elements from plain data. Text is always text: nothing of an agent is ever read as markup. */

const SVG = 'http://www.w3.org/2000/svg';

/** An element with attributes and children (strings become text; undefined ones are left out). */
export function h(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same for SVG. */
export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

/** The element with an id that the page has for certain. */
export function byId(id) {
  return document.getElementById(id);
}

/** Sets a text only if it changed: a selection in it stays, and screen readers are not told again. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Makes the children of an element equal to the list, by key, and keeps those that are there. `update` fills one. */
export function keyed(parent, items, keyOf, create, update) {
  const known = parent.knownChildren ?? new Map();
  const next = new Map();
  let place = parent.firstChild;
  for (const item of items) {
    const key = keyOf(item);
    const child = known.get(key) ?? create(item);
    update(child, item);
    next.set(key, child);
    if (child === place) place = place.nextSibling;
    else parent.insertBefore(child, place);
  }
  while (place) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
  parent.knownChildren = next;
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  for (const child of children.flat()) if (child !== undefined && child !== null) element.append(child);
  return element;
}
