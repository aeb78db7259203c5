// What the marks of the picture mean, in words beside them.

import { element, stateMark } from "../page/element";
import type { Graph } from "./graph";

const svgNamespace = "http://www.w3.org/2000/svg";

export function legend(graph: Graph): HTMLElement {
  const { text, words } = graph.data;
  const list = element("ul", { class: "legend" });
  const add = (mark: Node | string, label: string | undefined) => list.append(element("li", {}, mark, ` ${label ?? ""}`));
  if (graph.data.asked) for (const [state, word] of words.entries()) add(stateMark(state), word);
  add(wire(""), text.key_supply);
  add(wire("7 4"), text.key_fallback);
  add(box("", "2.5", "var(--ink)"), text.key_function);
  add("◆", text.key_single);
  add(box("4 3", "2.5", "var(--soft)"), `↻ ${text.key_circle}`);
  add("⊞", text.folded);
  if (graph.data.asked) add(box("", "4", "var(--wrong)"), text.key_hit);
  return list;
}

function drawn(width: string, shape: string, attributes: Record<string, string>): SVGSVGElement {
  const drawing = document.createElementNS(svgNamespace, "svg");
  const part = document.createElementNS(svgNamespace, shape);
  for (const [key, value] of Object.entries({ width, height: "14", "aria-hidden": "true" })) drawing.setAttribute(key, value);
  for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
  drawing.append(part);
  return drawing;
}

function wire(dashes: string): SVGSVGElement {
  return drawn("34", "line", { class: "wire", x1: "0", x2: "34", y1: "7", y2: "7", "stroke-dasharray": dashes });
}

function box(dashes: string, width: string, stroke: string): SVGSVGElement {
  return drawn("26", "rect", { x: "3", y: "2", width: "20", height: "10", fill: "none", stroke, "stroke-width": width, "stroke-dasharray": dashes });
}
