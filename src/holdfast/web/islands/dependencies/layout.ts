// Where the boxes stand: in layers, from what is needed to what needs it; from left to right, or mirrored.

import { Graph as Layered, layout } from "@dagrejs/dagre";

export const BOX = { width: 176, height: 50 };

export interface Task {
  boxes: string[];
  wires: [from: string, to: string][];
  mirrored: boolean;
}

export type Places = Record<string, { x: number; y: number }>;

export function place(task: Task): Places {
  const graph = new Layered();
  // Many wires cross whatever one does: then a quicker ranking is the better one.
  const many = task.wires.length > 600;
  graph.setGraph({ rankdir: "LR", nodesep: 12, ranksep: 84, edgesep: 4, ranker: many ? "longest-path" : "tight-tree" });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const box of task.boxes) graph.setNode(box, { ...BOX });
  for (const [from, to] of task.wires) graph.setEdge(from, to);
  layout(graph);
  const places: Places = {};
  for (const box of task.boxes) {
    const { x = 0, y = 0 } = graph.node(box) as { x?: number; y?: number };
    places[box] = { x: task.mirrored ? -x : x, y };
  }
  return places;
}
