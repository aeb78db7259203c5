// The panel beside the picture: what the chosen box is, and everything that can be done with it, by buttons and links.

import { button, element, fill, stateMark } from "../page/element";
import type { Box } from "./fold";
import type { Edge, Graph } from "./graph";

const MOST_LISTED = 30;

export interface Acts {
  choose(node: number): void;
  focus(node: number): void;
  open(box: Box): void;
  fold(group: string): void;
}

export interface Addresses {
  /** Node pages are at this address and the node's id. */
  nodes: string;
  /** This page, to which hits are added. */
  page: string;
}

/** The address of the page with one more hit: the whole of it, from the start, for three days, as the form adds it. */
export function failing(page: string, question: string, node: string): string {
  const query = new URLSearchParams(question);
  for (const [key, value] of [["hit", node], ["loss", "1"], ["start", "0"], ["duration", "72"]] as const) query.append(key, value);
  return `${page}?${query}`;
}

export function about(graph: Graph, box: Box, stateOf: (n: number) => number, asked: boolean, acts: Acts, to: Addresses): Node[] {
  return box.node === null ? ofGroup(graph, box, stateOf, asked, acts) : ofNode(graph, box, box.node, stateOf, asked, acts, to);
}

function ofNode(graph: Graph, box: Box, number: number, stateOf: (n: number) => number, asked: boolean, acts: Acts, to: Addresses): Node[] {
  const node = graph.nodes[number];
  if (!node) return [];
  const { text } = graph.data;
  const parts: Node[] = [
    element("h3", {}, element("a", { href: `${to.nodes}${encodeURIComponent(node.id)}/` }, node.name)),
    element("p", { class: "where" }, [node.isFunction ? text.function : node.kind, node.unit, node.site].filter((part, place, all) => part && all.indexOf(part) === place).join(" · ")),
  ];
  if (asked) parts.push(element("p", {}, stateMark(stateOf(number)), ` ${graph.data.words[stateOf(number)] ?? ""}${node.isHit ? ` · ${text.hit}` : ""}`));
  if (node.carries) parts.push(element("p", {}, `◆ ${fill(text.carries, { n: node.carries })}`));
  else if (node.single) parts.push(element("p", {}, fill(text.single, { n: node.single })));
  if (node.circle) parts.push(element("p", {}, `↻ ${text.circle}`));
  const row = element("p", { class: "acts" });
  if (!node.isHit) row.append(element("a", { class: "button", href: failing(to.page, graph.data.question, node.id) }, text.fails ?? ""));
  row.append(button(text.focus ?? "", () => acts.focus(number)));
  if (box.within) row.append(button(fill(text.fold, { name: nameOf(box.within) }), () => acts.fold(box.within)));
  parts.push(row);
  parts.push(...listed(graph, fill(text.needs, { n: graph.needs[number]?.length ?? 0 }), graph.needs[number] ?? [], "from", stateOf, asked, acts));
  parts.push(...listed(graph, fill(text.needed, { n: graph.neededBy[number]?.length ?? 0 }), graph.neededBy[number] ?? [], "to", stateOf, asked, acts));
  return parts;
}

function ofGroup(graph: Graph, box: Box, stateOf: (n: number) => number, asked: boolean, acts: Acts): Node[] {
  const { text } = graph.data;
  const row = element("p", { class: "acts" }, button(text.unfold ?? "", () => acts.open(box)));
  if (box.within) row.append(button(fill(text.fold, { name: nameOf(box.within) }), () => acts.fold(box.within)));
  const worst = [...box.members].sort((one, other) => stateOf(other) - stateOf(one));
  return [
    element("h3", {}, box.label),
    element("p", { class: "where" }, `${text.folded}: ${fill(text.members, { n: box.members.length })}`),
    row,
    ...items(graph, worst.map((n) => [n, ""]), stateOf, asked, acts),
  ];
}

function listed(graph: Graph, title: string, edges: Edge[], end: "from" | "to", stateOf: (n: number) => number, asked: boolean, acts: Acts): Node[] {
  const { text } = graph.data;
  const rows = edges.map((edge): [number, string] => [edge[end], edge.fallback ? (text.fallback ?? "") : ""]);
  rows.sort(([one], [other]) => stateOf(other) - stateOf(one));
  return [element("h4", {}, title), ...(rows.length ? items(graph, rows, stateOf, asked, acts) : [element("p", {}, text.nothing ?? "")])];
}

function items(graph: Graph, rows: [number, string][], stateOf: (n: number) => number, asked: boolean, acts: Acts): Node[] {
  const list = element("ul");
  for (const [number, how] of rows.slice(0, MOST_LISTED)) {
    const choose = button(graph.nodes[number]?.name ?? "", () => acts.choose(number), { class: "quiet" });
    const state = stateOf(number);
    if (asked) choose.prepend(stateMark(state), element("span", { class: "hide" }, `${graph.data.words[state]}: `), " ");
    list.append(element("li", {}, choose, how ? ` ${how}` : ""));
  }
  const more = rows.length - MOST_LISTED;
  return more > 0 ? [list, element("p", { class: "note" }, fill(graph.data.text.more, { n: more }))] : [list];
}

/** The name of a group by its id: "g:Geneva|People" is People in Geneva. */
export function nameOf(group: string): string {
  return group.slice(2).replace("|", " · ");
}
