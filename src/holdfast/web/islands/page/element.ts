// Elements made one by one: text is always text, never markup.

type Attributes = Record<string, string | number | boolean | undefined>;

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children);
  return made;
}

export function button(label: string, act: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const made = element("button", { type: "button", ...attributes }, label);
  made.addEventListener("click", act);
  return made;
}

const svgNamespace = "http://www.w3.org/2000/svg";

/** The mark of a state, from the shapes that the page defines (templates/whatif/icons.html). */
export function stateMark(state: number): SVGSVGElement {
  const drawing = document.createElementNS(svgNamespace, "svg");
  const use = document.createElementNS(svgNamespace, "use");
  drawing.setAttribute("width", "14");
  drawing.setAttribute("height", "14");
  drawing.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i${state}`);
  drawing.append(use);
  return drawing;
}

/** Fills {name} in a text of the page. */
export function fill(text: string | undefined, values: Record<string, string | number>): string {
  return (text ?? "").replace(/\{(\w+)\}/g, (whole, key: string) => String(values[key] ?? whole));
}
