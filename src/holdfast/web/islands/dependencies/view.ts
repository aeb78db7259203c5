// The dependency map put together: controls, picture, panel, and the words that say what is shown.

import { button, element, fill } from "../page/element";
import { listen } from "../page/moment";
import { about } from "./about";
import { type Box, type Drawing, type Grouping, MOST_DRAWN, type View, draw } from "./fold";
import { type Data, Graph } from "./graph";
import { legend } from "./legend";
import type { Places, Task } from "./layout";
import { picture } from "./picture";

const GROUPINGS: Grouping[] = ["site", "unit", "kind", "none"];
const EVERY = 99;
const MOST_MATCHES = 12;

export async function start(root: HTMLElement): Promise<void> {
  try {
    const answer = await fetch(root.dataset.source ?? "", { credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    show(root, new Graph((await answer.json()) as Data));
  } catch (error) {
    root.replaceChildren(element("p", { class: "errors" }, root.dataset.wrong ?? ""));
    throw error;
  }
}

function show(root: HTMLElement, graph: Graph): void {
  const { text } = graph.data;
  const to = { nodes: root.dataset.nodes ?? "", page: root.dataset.page ?? "" };
  let view: View = { grouping: "site", open: new Set(), focus: null };
  let drawing: Drawing = { boxes: [], wires: [], nodes: 0 };
  let selected: string | null = null;
  let asked = graph.data.asked;
  let stateOf = (number: number): number => graph.nodes[number]?.state ?? 0;
  const lay = layouts();

  const canvas = element("div", { class: "canvas __________cytoscape_container", tabindex: 0, role: "application", "aria-label": text.canvas, "aria-describedby": "graph-keys" });
  const panel = element("div", { class: "about", role: "region", "aria-label": text.choose, tabindex: 0 });
  const said = element("p", { class: "said", role: "status" });
  const group = choice(text.group ?? "", GROUPINGS.map((each) => [each, text[each] ?? each]), (value) => change({ grouping: value as Grouping, open: new Set() }));
  const up = steps(text.up ?? "");
  const down = steps(text.down ?? "");
  const whole = button(text.whole ?? "", () => change({ focus: null, open: new Set() }));
  const tools = element("div", { class: "tools" },
    button("+", () => shown.zoom(1.3), { "aria-label": text.larger, title: text.larger }),
    button("−", () => shown.zoom(1 / 1.3), { "aria-label": text.smaller, title: text.smaller }),
    button("⤢", () => shown.fit(), { "aria-label": text.fit, title: text.fit }),
  );
  root.replaceChildren(
    element("div", { class: "controls" }, finder(), group.label, up.label, down.label, whole),
    said,
    element("div", { class: "view" }, element("div", { class: "stage" }, canvas, tools), panel),
    legend(graph),
    element("p", { class: "note", id: "graph-keys" }, text.keys ?? ""),
  );
  const shown = picture(graph, canvas, (box, twice) => {
    choose(box);
    const found = drawing.boxes.find((each) => each.id === box);
    if (twice && found) go(found);
  });

  function steps(label: string) {
    const options: [string, string][] = [["0", "0"], ["1", "1"], ["2", "2"], ["3", "3"], [String(EVERY), text.every ?? ""]];
    const made = choice(label, options, () => {
      if (view.focus) focus(view.focus.node);
    });
    made.select.value = "1";
    made.select.disabled = true;
    return made;
  }

  function change(by: Partial<View>, then?: () => void): void {
    const next = { ...view, ...by };
    const wanted = draw(graph, next);
    if (wanted.boxes.length > MOST_DRAWN) {
      said.textContent = fill(text.too_many, { boxes: wanted.boxes.length, most: MOST_DRAWN });
      group.select.value = view.grouping;
      return;
    }
    view = next;
    drawing = wanted;
    up.select.disabled = down.select.disabled = view.focus === null;
    whole.disabled = view.focus === null && view.open.size === 0;
    said.textContent = fill(text.working, { boxes: wanted.boxes.length });
    lay({ boxes: wanted.boxes.map((box) => box.id), wires: wanted.wires.map((wire) => [wire.from, wire.to]), mirrored: document.dir === "rtl" }, (places) => {
      shown.draw(wanted, places);
      const values = { boxes: wanted.boxes.length, nodes: wanted.nodes, all: graph.nodes.length };
      const about = view.focus ? { ...values, name: graph.nodes[view.focus.node]?.name ?? "" } : values;
      said.textContent = fill(view.focus ? text.focused : text.shown, about);
      root.dataset.drawn = String(wanted.boxes.length);
      if (selected !== null && !wanted.boxes.some((box) => box.id === selected)) choose(null);
      then?.();
    });
  }

  function focus(node: number): void {
    const reach = { node, up: Number(up.select.value), down: Number(down.select.value) };
    change({ focus: reach }, () => choose(`n:${node}`));
  }

  function unfold(box: Box): void {
    const first = box.members[0];
    change({ open: new Set([...view.open, box.id]) }, () => {
      const inside = drawing.boxes.find((each) => first !== undefined && each.members.includes(first));
      choose(inside?.id ?? null);
    });
  }

  function fold(within: string): void {
    change({ open: new Set([...view.open].filter((each) => each !== within && !each.startsWith(`${within}|`))) }, () => choose(within));
  }

  /** What a second press on a box does. */
  function go(box: Box): void {
    if (box.node === null) unfold(box);
    else focus(box.node);
  }

  function choose(box: string | null): void {
    const found = drawing.boxes.find((each) => each.id === box);
    selected = found?.id ?? null;
    shown.select(selected);
    read();
    if (found) said.textContent = spoken(found);
  }

  function spoken(box: Box): string {
    const state = Math.max(0, ...box.members.map(stateOf));
    const node = box.node === null ? null : graph.nodes[box.node];
    const parts = [box.label, node ? node.kind : fill(text.members, { n: box.members.length }), asked ? graph.data.words[state] : ""];
    if (box.node !== null) {
      parts.push(fill(text.needs, { n: graph.needs[box.node]?.length ?? 0 }), fill(text.needed, { n: graph.neededBy[box.node]?.length ?? 0 }));
    }
    return parts.filter(Boolean).join(" · ");
  }

  /** A node that is folded away or out of sight is brought in by focusing on it. */
  function reach(node: number): void {
    const box = drawing.boxes.find((each) => each.node === node);
    if (box) choose(box.id);
    else focus(node);
  }

  function read(): void {
    const box = drawing.boxes.find((each) => each.id === selected);
    panel.scrollTop = 0;
    if (!box) panel.replaceChildren(element("p", { class: "note" }, text.choose ?? ""));
    else panel.replaceChildren(...about(graph, box, stateOf, asked, { choose: reach, focus, open: unfold, fold }, to));
  }

  function finder(): HTMLElement {
    const field = element("input", { type: "search", autocomplete: "off" });
    const matches = element("div", { class: "matches", role: "group", "aria-label": text.search });
    matches.hidden = true;
    const label = element("label", {}, text.search ?? "", field);
    const look = element("div", { class: "look" }, label, matches);
    field.addEventListener("input", () => {
      const found = graph.search(field.value, MOST_MATCHES);
      matches.replaceChildren(
        ...found.map((n) => {
          const node = graph.nodes[n];
          const where = element("span", { class: "where" }, [node?.kind, node?.site].filter(Boolean).join(" · "));
          const pick = button(node?.name ?? "", () => {
            matches.hidden = true;
            focus(n);
          });
          pick.append(where);
          return pick;
        }),
      );
      if (!found.length) matches.append(element("p", { class: "note" }, text.no_match ?? ""));
      matches.hidden = !field.value.trim();
    });
    look.addEventListener("keydown", (event) => {
      const buttons = [...matches.querySelectorAll("button")];
      const place = buttons.indexOf(document.activeElement as HTMLButtonElement);
      if (event.key === "Escape") matches.hidden = true;
      else if (event.key === "Enter" && document.activeElement === field) buttons[0]?.click();
      else if (event.key === "ArrowDown") (buttons[place + 1] ?? buttons[0])?.focus();
      else if (event.key === "ArrowUp") (buttons[place - 1] ?? field).focus();
      else return;
      event.preventDefault();
    });
    look.addEventListener("focusout", (event) => {
      if (!look.contains(event.relatedTarget as Node | null)) matches.hidden = true;
    });
    return look;
  }

  canvas.addEventListener("keydown", (event) => {
    const box = drawing.boxes.find((each) => each.id === selected);
    const acts: Record<string, () => void> = {
      ArrowLeft: () => choose(shown.next("left") ?? selected),
      ArrowRight: () => choose(shown.next("right") ?? selected),
      ArrowUp: () => choose(shown.next("up") ?? selected),
      ArrowDown: () => choose(shown.next("down") ?? selected),
      Enter: () => box && go(box),
      Backspace: () => (box?.within ? fold(box.within) : view.focus && change({ focus: null })),
      Escape: () => choose(null),
      "+": () => shown.zoom(1.3),
      "-": () => shown.zoom(1 / 1.3),
    };
    const act = acts[event.key];
    if (!act || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    act();
  });

  listen((moment) => {
    asked = true;
    const states = graph.nodes.map((node) => moment.states.get(node.id) ?? 0);
    stateOf = (number) => states[number] ?? 0;
    shown.paint(stateOf, asked);
    read();
  });
  read();
  change({});
}

function choice(label: string, options: [string, string][], changed: (value: string) => void) {
  const select = element("select", {}, ...options.map(([value, name]) => element("option", { value }, name)));
  select.addEventListener("change", () => changed(select.value));
  return { select, label: element("label", {}, label, select) };
}

/** Layouts are made beside the page; only the last one asked for is drawn. */
function layouts(): (task: Task, done: (places: Places) => void) => void {
  const worker = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
  let last = 0;
  let then: (places: Places) => void = () => undefined;
  worker.addEventListener("message", (event: MessageEvent<{ number: number; places: Places }>) => {
    if (event.data.number === last) then(event.data.places);
  });
  return (task, done) => {
    last += 1;
    then = done;
    worker.postMessage({ number: last, task });
  };
}
