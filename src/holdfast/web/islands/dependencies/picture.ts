// The boxes and wires as a picture. What it says is said in the panel and in the table as well: a canvas is mute.

import cytoscape from "cytoscape";
import type { Box, Drawing, Wire } from "./fold";
import type { Graph } from "./graph";
import { BOX, type Places } from "./layout";

// Not colour alone: each state has its mark, as on the rest of the page (check, triangle down, square, triangle, cross).
const MARKS = ["✓", "▽", "■", "▲", "✖"];
const STATES = [0, 1, 2, 3, 4] as const;
const LEAST_ZOOM = 0.08;
const READABLE = 0.55;

export interface Picture {
  draw(drawing: Drawing, places: Places): void;
  paint(states: (number: number) => number, asked: boolean): void;
  select(box: string | null): void;
  /** The box next to the selected one in a direction, or the first. */
  next(direction: "left" | "right" | "up" | "down"): string | null;
  zoom(times: number): void;
  fit(): void;
}

export function picture(graph: Graph, canvas: HTMLElement, chosen: (box: string | null, twice: boolean) => void): Picture {
  // Cytoscape would write a style element for this class, which the page's policy forbids: the page styles it itself.
  const stylesheet = "__________cytoscape_stylesheet";
  if (!document.getElementById(stylesheet)) document.head.append(Object.assign(document.createElement("meta"), { id: stylesheet }));
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const cy = cytoscape({
    container: canvas,
    style: look(),
    layout: { name: "preset" },
    minZoom: LEAST_ZOOM,
    maxZoom: 2.5,
    boxSelectionEnabled: false,
    autoungrabify: true,
    pixelRatio: Math.min(window.devicePixelRatio, 2),
    textureOnViewport: false,
    hideEdgesOnViewport: false,
    userZoomingEnabled: true,
  });
  // The wheel scrolls the page; with Ctrl it makes the picture larger.
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
  }, { capture: true, passive: true });
  let selected: string | null = null;
  let boxes = new Map<string, Box>();
  let stateOf: (number: number) => number = (number) => graph.nodes[number]?.state ?? 0;
  let asked = graph.data.asked;

  cy.on("tap", (event) => {
    if (event.target === cy) chosen(null, false);
  });
  cy.on("tap", "node", (event) => chosen(event.target.id(), false));
  cy.on("dbltap", "node", (event) => chosen(event.target.id(), true));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => cy.style(look()));

  function label(box: Box): string {
    const { text } = graph.data;
    const state = Math.max(0, ...box.members.map(stateOf));
    const mark = asked ? `${MARKS[state]} ` : "";
    const node = box.node === null ? undefined : graph.nodes[box.node];
    const below = node
      ? [node.isHit ? (text.hit ?? "").toUpperCase() : "", node.isFunction ? text.function : node.kind, node.circle ? "↻" : "", node.carries ? `◆ ${node.carries}` : ""]
      : [`⊞ ${(text.members ?? "").replace("{n}", String(box.members.length))}`];
    return `${mark}${clipped(box.label)}\n${below.filter(Boolean).join(" · ")}`;
  }

  function refresh(): void {
    cy.batch(() => {
      for (const [id, box] of boxes) {
        const state = Math.max(0, ...box.members.map(stateOf));
        cy.getElementById(id).data({ label: label(box), state: asked ? `s${state}` : "" });
      }
    });
  }

  function emphasize(): void {
    cy.batch(() => {
      cy.elements().removeClass("far near chosen");
      const box = selected === null ? cy.collection() : cy.getElementById(selected);
      if (box.empty()) return;
      cy.elements().addClass("far");
      box.closedNeighborhood().removeClass("far").addClass("near");
      box.addClass("chosen");
    });
  }

  function fit(): void {
    cy.fit(undefined, 18);
    // Words that cannot be read help nobody: rather a part of the picture, with its critical functions in sight.
    if (cy.zoom() >= READABLE) return;
    const about = selected === null ? cy.nodes(".function") : cy.getElementById(selected);
    cy.zoom(READABLE);
    cy.center(about.empty() ? cy.nodes() : about);
  }

  return {
    draw(drawing, places) {
      boxes = new Map(drawing.boxes.map((box) => [box.id, box]));
      if (selected !== null && !boxes.has(selected)) selected = null;
      cy.batch(() => {
        cy.elements().remove();
        cy.add([...drawing.boxes.map((box) => shape(graph, box, places)), ...drawing.wires.map(line)]);
      });
      refresh();
      fit();
      emphasize();
    },
    paint(states, isAsked) {
      stateOf = states;
      asked = isAsked;
      refresh();
    },
    select(box) {
      selected = box;
      emphasize();
      if (box === null) return;
      const found = cy.getElementById(box);
      if (found.empty()) return;
      const { x1, x2, y1, y2 } = found.renderedBoundingBox({});
      if (x1 >= 0 && y1 >= 0 && x2 <= canvas.clientWidth && y2 <= canvas.clientHeight) return;
      if (still) cy.center(found);
      else cy.animate({ center: { eles: found }, duration: 180 });
    },
    next(direction) {
      const from = selected === null ? cy.collection() : cy.getElementById(selected);
      if (from.empty()) return cy.nodes(".function").first().id() ?? cy.nodes().first().id() ?? null;
      const { x, y } = from.position();
      const across = direction === "left" || direction === "right";
      const sign = direction === "left" || direction === "up" ? -1 : 1;
      let best: string | null = null;
      let least = Infinity;
      for (const node of cy.nodes().toArray()) {
        const to = node.position();
        const ahead = sign * (across ? to.x - x : to.y - y);
        const aside = Math.abs(across ? to.y - y : to.x - x);
        if (ahead <= 1) continue;
        const length = ahead + aside * (across ? 1 : 4);
        if (length < least) [best, least] = [node.id(), length];
      }
      return best;
    },
    zoom(times) {
      cy.zoom({ level: cy.zoom() * times, renderedPosition: { x: canvas.clientWidth / 2, y: canvas.clientHeight / 2 } });
    },
    fit,
  };
}

function shape(graph: Graph, box: Box, places: Places): cytoscape.ElementDefinition {
  const node = box.node === null ? undefined : graph.nodes[box.node];
  const classes = [
    node ? "" : "group",
    node?.isFunction ? "function" : "",
    node?.isHit ? "hit" : "",
    node?.circle ? "circle" : "",
    node?.carries ? "single" : "",
  ];
  return { group: "nodes", data: { id: box.id, label: box.label, state: "" }, position: places[box.id] ?? { x: 0, y: 0 }, classes: classes.filter(Boolean).join(" ") };
}

function line(wire: Wire): cytoscape.ElementDefinition {
  const { from, to, count, fallback } = wire;
  return { group: "edges", data: { id: `${from}>${to}`, source: from, target: to, width: Math.min(1 + Math.log2(count) * 0.6, 5) }, classes: fallback ? "fallback" : "" };
}

function clipped(text: string): string {
  return text.length > 46 ? `${text.slice(0, 45)}…` : text;
}

/** The page's colours, as the present theme has them. */
function look(): cytoscape.StylesheetJson {
  const tokens = getComputedStyle(document.documentElement);
  const token = (name: string) => tokens.getPropertyValue(`--${name}`).trim();
  const font = tokens.getPropertyValue("--sans").trim() || "sans-serif";
  return [
    {
      selector: "node",
      style: {
        shape: "round-rectangle", width: BOX.width, height: BOX.height, "background-color": token("card"), "border-width": 1, "border-color": token("soft"),
        label: "data(label)", "font-family": font, "font-size": 11.5, color: token("ink"), "text-valign": "center", "text-halign": "center",
        "text-wrap": "wrap", "text-max-width": `${BOX.width - 12}px`, "line-height": 1.15, "min-zoomed-font-size": 4,
      },
    },
    { selector: "node.group", style: { shape: "rectangle", "border-style": "double", "border-width": 4, "border-color": token("line"), "font-weight": 600 } as never },
    { selector: "node.function", style: { "border-width": 2.5, "border-color": token("ink"), "font-weight": 600 as never } },
    ...STATES.map((state) => ({ selector: `node[state = 's${state}']`, style: { "background-color": token(state ? `s${state}` : "card"), color: token(state ? `on${state}` : "ink") } })),
    { selector: "node.single", style: { "border-width": 2.5, "border-color": token("rto") } },
    { selector: "node.circle", style: { "border-style": "dashed", "border-width": 2.5 } },
    { selector: "node.hit", style: { "border-width": 5, "border-color": token("wrong") } },
    {
      selector: "edge",
      style: {
        width: "data(width)", "line-color": token("soft"), opacity: 0.38, "curve-style": "straight", "target-arrow-shape": "triangle",
        "target-arrow-color": token("soft"), "arrow-scale": 0.8,
      },
    },
    { selector: "edge.fallback", style: { "line-style": "dashed", "line-dash-pattern": [7, 4] } },
    { selector: "node.far", style: { opacity: 0.3 } },
    { selector: "edge.far", style: { opacity: 0.08 } },
    { selector: "edge.near", style: { opacity: 1, "line-color": token("action"), "target-arrow-color": token("action") } },
    { selector: "node.chosen", style: { "outline-color": token("action"), "outline-width": 4, "outline-offset": 3, "outline-opacity": 1 } as never },
    { selector: "node:active", style: { "overlay-opacity": 0.08 } },
  ];
}
