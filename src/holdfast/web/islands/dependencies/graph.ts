// The twin as graph.json gives it (pages/whatif/graph.py): who needs whom, how far one reaches, and finding by words.

export type NodeRow = [
  id: string, name: string, kind: number, site: number, unit: number, state: number,
  single: number, carries: number, circle: number, isFunction: number,
];

export interface Data {
  nodes: NodeRow[];
  /** Provider, user, 1 for a fallback: three numbers an edge. */
  edges: number[];
  kinds: string[];
  sites: string[];
  units: string[];
  words: string[];
  asked: boolean;
  hits: string[];
  question: string;
  text: Record<string, string>;
}

export interface Edge {
  from: number;
  to: number;
  fallback: boolean;
}

export interface GraphNode {
  id: string;
  name: string;
  kind: string;
  site: string;
  unit: string;
  state: number;
  single: number;
  carries: number;
  circle: boolean;
  isFunction: boolean;
  isHit: boolean;
}

export class Graph {
  readonly nodes: GraphNode[];
  readonly edges: Edge[] = [];
  readonly needs: Edge[][];
  readonly neededBy: Edge[][];
  private readonly folded: string[];

  constructor(readonly data: Data) {
    const hits = new Set(data.hits);
    this.nodes = data.nodes.map(([id, name, kind, site, unit, state, single, carries, circle, isFunction]) => ({
      id, name, state, single, carries,
      kind: data.kinds[kind] ?? "",
      site: data.sites[site] ?? "",
      unit: data.units[unit] ?? "",
      circle: circle >= 0,
      isFunction: isFunction === 1,
      isHit: hits.has(id),
    }));
    this.needs = this.nodes.map(() => []);
    this.neededBy = this.nodes.map(() => []);
    for (let place = 0; place < data.edges.length; place += 3) {
      const [from = 0, to = 0, how] = data.edges.slice(place, place + 3);
      const edge = { from, to, fallback: how === 1 };
      this.edges.push(edge);
      this.needs[to]?.push(edge);
      this.neededBy[from]?.push(edge);
    }
    this.folded = this.nodes.map((node) => plain(`${node.name} ${node.id} ${node.site} ${node.unit} ${node.kind}`));
  }

  /** The node, and what lies within so many steps towards what it needs and towards what needs it. */
  around(node: number, up: number, down: number): Set<number> {
    const found = new Set([node]);
    for (const [steps, edges, end] of [
      [up, this.needs, "from"],
      [down, this.neededBy, "to"],
    ] as const) {
      const met = new Set([node]);
      let edge = [node];
      for (let step = 0; step < steps && edge.length; step += 1) {
        const next: number[] = [];
        for (const at of edge) {
          for (const each of edges[at] ?? []) {
            if (met.has(each[end])) continue;
            met.add(each[end]);
            next.push(each[end]);
          }
        }
        edge = next;
      }
      for (const each of met) found.add(each);
    }
    return found;
  }

  /** Nodes that hold every word; those whose name begins with the words come first. */
  search(words: string, most: number): number[] {
    const wanted = plain(words).split(" ").filter(Boolean);
    if (!wanted.length) return [];
    const start = wanted.join(" ");
    return this.nodes
      .map((_node, number) => number)
      .filter((number) => wanted.every((word) => this.folded[number]?.includes(word)))
      .sort((one, other) => this.rank(one, start) - this.rank(other, start))
      .slice(0, most);
  }

  private rank(number: number, start: string): number {
    return this.folded[number]?.startsWith(start) ? 0 : 1;
  }
}

/** Case, accents and spaces set aside. */
function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();
}
