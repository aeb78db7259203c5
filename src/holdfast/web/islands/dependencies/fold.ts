// What is drawn: nodes on their own, or folded into boxes by site, unit or kind, so that a first view can be read.

import type { Graph, GraphNode } from "./graph";

export type Grouping = "site" | "unit" | "kind" | "none";

/** A first view shows no more boxes than this; and no view more than the other. */
export const MOST_FIRST = 60;
export const MOST_DRAWN = 400;
/** A group of more nodes than this unfolds into its kinds first. */
export const MOST_UNFOLDED = 40;

export interface Focus {
  node: number;
  up: number;
  down: number;
}

export interface View {
  grouping: Grouping;
  open: ReadonlySet<string>;
  focus: Focus | null;
}

export interface Box {
  id: string;
  /** The node it is, or null for a folded group. */
  node: number | null;
  label: string;
  members: number[];
  /** The open group that it came out of, to be folded again. */
  within: string;
}

export interface Wire {
  from: string;
  to: string;
  /** How many edges it stands for; `fallback` where all of them are. */
  count: number;
  fallback: boolean;
}

export interface Drawing {
  boxes: Box[];
  wires: Wire[];
  nodes: number;
}

const OTHERS = "*";

export function draw(graph: Graph, view: View): Drawing {
  const { focus } = view;
  const scope = focus ? [...graph.around(focus.node, focus.up, focus.down)] : graph.nodes.map((_node, number) => number);
  const boxes = view.grouping === "none" || scope.length <= MOST_FIRST ? scope.map((n) => alone(graph, n, "")) : fold(graph, view, scope);
  return { boxes, wires: wires(graph, boxes), nodes: scope.length };
}

function fold(graph: Graph, view: View, scope: number[]): Box[] {
  const boxes: Box[] = [];
  const groups = new Map<string, number[]>();
  // What the question is about stays in sight: critical functions, what was hit, and what the view is about.
  const kept = scope.filter((n) => n === view.focus?.node || graph.nodes[n]?.isFunction || graph.nodes[n]?.isHit);
  const named = new Set(kept.slice(0, MOST_FIRST / 3));
  for (const number of scope) {
    if (named.has(number)) boxes.push(alone(graph, number, ""));
    else gather(groups, keyOf(graph.nodes[number], view.grouping), number);
  }
  const closed: Box[] = [];
  for (const [key, members] of groups) {
    const id = `g:${key}`;
    const label = key || graph.data.text[view.grouping === "unit" ? "no_unit" : "no_site"] || "";
    if (members.length === 1) boxes.push(alone(graph, members[0] as number, ""));
    else if (!view.open.has(id)) closed.push({ id, node: null, label, members, within: "" });
    else if (members.length <= MOST_UNFOLDED || view.grouping === "kind") {
      boxes.push(...members.map((n) => alone(graph, n, id)));
    } else boxes.push(...byKind(graph, view, id, label, members));
  }
  return [...boxes, ...fewer(graph, view, closed, MOST_FIRST - Math.min(boxes.length, MOST_FIRST - 1))];
}

function byKind(graph: Graph, view: View, group: string, label: string, members: number[]): Box[] {
  const kinds = new Map<string, number[]>();
  for (const number of members) gather(kinds, graph.nodes[number]?.kind ?? "", number);
  return [...kinds].flatMap(([kind, inside]) => {
    const id = `${group}|${kind}`;
    if (inside.length === 1) return [alone(graph, inside[0] as number, group)];
    if (view.open.has(id)) return inside.map((n) => alone(graph, n, id));
    return [{ id, node: null, label: `${label} · ${kind}`, members: inside, within: group }];
  });
}

/** At most so many closed groups: the smallest are folded into one more. */
function fewer(graph: Graph, view: View, closed: Box[], room: number): Box[] {
  const id = `g:${OTHERS}`;
  if (closed.length <= room || view.open.has(id)) return closed;
  const sorted = [...closed].sort((one, other) => other.members.length - one.members.length);
  const rest = sorted.slice(room - 1);
  const label = (graph.data.text.others ?? "").replace("{n}", String(rest.length));
  return [...sorted.slice(0, room - 1), { id, node: null, label, members: rest.flatMap((box) => box.members), within: "" }];
}

function alone(graph: Graph, number: number, within: string): Box {
  return { id: `n:${number}`, node: number, label: graph.nodes[number]?.name ?? "", members: [number], within };
}

function keyOf(node: GraphNode | undefined, grouping: Grouping): string {
  return node && grouping !== "none" ? node[grouping] : "";
}

function gather(groups: Map<string, number[]>, key: string, number: number): void {
  const group = groups.get(key);
  if (group) group.push(number);
  else groups.set(key, [number]);
}

function wires(graph: Graph, boxes: Box[]): Wire[] {
  const boxOf = new Map<number, string>();
  for (const box of boxes) for (const number of box.members) boxOf.set(number, box.id);
  const found = new Map<string, Wire>();
  for (const edge of graph.edges) {
    const from = boxOf.get(edge.from);
    const to = boxOf.get(edge.to);
    if (!from || !to || from === to) continue;
    const key = `${from}>${to}`;
    const wire = found.get(key);
    if (wire) {
      wire.count += 1;
      wire.fallback &&= edge.fallback;
    } else found.set(key, { from, to, count: 1, fallback: edge.fallback });
  }
  return [...found.values()];
}
