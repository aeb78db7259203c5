// The time under the pointer, across all bars: a line through every row, and words that say what is down at that time.
// The page is whole without it; everything it says is in the page's text.

import { whenSeen } from "./page/seen";

type Level = readonly [time: number, level: number];
type State = "up" | "reduced" | "down";

export interface Row {
  name: string;
  levels: readonly Level[];
  minimum: number;
}

/** Reads "0:1 4:0 76:1": times in hours, levels from 0 to 1. */
export function readLevels(text: string): Level[] {
  return text
    .split(" ")
    .filter(Boolean)
    .map((pair) => {
      const [time, level] = pair.split(":");
      return [Number(time), Number(level)] as const;
    });
}

export function stateAt(row: Row, time: number): State {
  let level = 1;
  for (const [from, value] of row.levels) {
    if (from > time) break;
    level = value;
  }
  return level < row.minimum ? "down" : level < 1 ? "reduced" : "up";
}

/** The scale of the drawing (pages/whatif/timeline.py), and its inverse. */
export function scale(horizon: number, logarithmic: boolean) {
  const whole = Math.log1p(horizon);
  return {
    share: (time: number) => (logarithmic ? Math.log1p(time) / whole : time / horizon),
    time: (share: number) => (logarithmic ? Math.expm1(share * whole) : share * horizon),
  };
}

/** How the page's language writes minutes, hours and days: patterns with %s for the number. */
export interface Units {
  min: string;
  h: string;
  d: string;
}

/** "20 min", "3 h 20 min", "3 d 4 h": the two largest units, as the page writes them. */
export function inWords(hours: number, units: Units): string {
  const say = (unit: keyof Units, value: number) => units[unit].replace("%s", String(value)).replace(" ", "\u00a0");
  const minutes = Math.round(hours * 60);
  if (minutes < 48 * 60) {
    const whole = Math.floor(minutes / 60);
    const rest = minutes % 60;
    if (!whole) return say(rest ? "min" : "h", rest);
    return rest ? `${say("h", whole)}\u00a0${say("min", rest)}` : say("h", whole);
  }
  const wholeHours = Math.round(minutes / 60);
  const rest = wholeHours % 24;
  const days = say("d", Math.floor(wholeHours / 24));
  return rest ? `${days}\u00a0${say("h", rest)}` : days;
}

/** A time that reads well: whole minutes below six hours, quarters of an hour below two days, then whole hours. */
export function rounded(time: number): number {
  const step = time < 6 ? 1 / 60 : time < 48 ? 0.25 : 1;
  return Math.round(time / step) * step;
}

const svgNamespace = "http://www.w3.org/2000/svg";

function start(root: HTMLElement): void {
  const horizon = Number(root.dataset.horizon);
  const axis = scale(horizon, root.dataset.scale === "log");
  const units = { min: root.dataset.min ?? "", h: root.dataset.h ?? "", d: root.dataset.d ?? "" };
  const words = { up: root.dataset.up, reduced: root.dataset.reduced, down: root.dataset.down };
  const rows: Array<Row & { cell: HTMLElement; line: SVGLineElement }> = [];
  for (const cell of root.querySelectorAll<HTMLElement>("tbody td.time")) {
    const drawing = cell.querySelector("svg");
    if (!drawing) continue;
    const line = document.createElementNS(svgNamespace, "line");
    line.setAttribute("class", "cursor");
    line.setAttribute("y1", "0");
    line.setAttribute("y2", "34");
    line.setAttribute("visibility", "hidden");
    drawing.append(line);
    rows.push({
      cell,
      line,
      name: cell.parentElement?.querySelector(".name")?.textContent ?? "",
      levels: readLevels(cell.dataset.levels ?? ""),
      minimum: Number(cell.dataset.minimum ?? 1),
    });
  }
  const readout = document.createElement("p");
  readout.className = "readout";
  readout.hidden = true;
  root.append(readout);
  const sliders = [...root.querySelectorAll<HTMLElement>("thead th.time .axis")].map((drawing) => {
    drawing.removeAttribute("aria-hidden");
    drawing.setAttribute("focusable", "true");
    drawing.setAttribute("tabindex", "0");
    drawing.setAttribute("role", "slider");
    drawing.setAttribute("aria-label", root.dataset.label ?? "");
    drawing.setAttribute("aria-valuemin", "0");
    drawing.setAttribute("aria-valuemax", String(horizon));
    return drawing;
  });
  let now = 0;

  function show(time: number, row?: Row): void {
    now = Math.min(Math.max(time, 0), horizon);
    const place = `${(axis.share(now) * 100).toFixed(2)}%`;
    let down = 0;
    for (const each of rows) {
      each.line.setAttribute("x1", place);
      each.line.setAttribute("x2", place);
      each.line.setAttribute("visibility", "visible");
      if (stateAt(each, now) === "down") down += 1;
    }
    const summary = (root.dataset.summary ?? "")
      .replace("{time}", inWords(now, units))
      .replace("{down}", String(down))
      .replace("{all}", String(rows.length));
    readout.textContent = row ? `${row.name}: ${words[stateAt(row, now)]} · ${summary}` : summary;
    readout.hidden = false;
    for (const slider of sliders) {
      slider.setAttribute("aria-valuenow", String(now));
      slider.setAttribute("aria-valuetext", summary);
    }
  }

  function hide(): void {
    for (const row of rows) row.line.setAttribute("visibility", "hidden");
    readout.hidden = true;
  }

  for (const row of rows) {
    const drawing = row.cell.querySelector("svg") as SVGElement;
    drawing.addEventListener("pointermove", (event) => {
      const box = drawing.getBoundingClientRect();
      show(rounded(axis.time((event.clientX - box.left) / box.width)), row);
    });
    drawing.addEventListener("pointerleave", hide);
  }
  for (const slider of sliders) {
    slider.setAttribute("aria-valuenow", "0");
    slider.addEventListener("focus", () => show(now));
    slider.addEventListener("blur", hide);
    slider.addEventListener("keydown", (event) => {
      const share = axis.share(now);
      const moves: Record<string, number> = {
        ArrowRight: axis.time(share + 0.01),
        ArrowUp: axis.time(share + 0.01),
        ArrowLeft: axis.time(share - 0.01),
        ArrowDown: axis.time(share - 0.01),
        PageUp: axis.time(share + 0.1),
        PageDown: axis.time(share - 0.1),
        Home: 0,
        End: horizon,
      };
      const time = moves[event.key];
      if (time === undefined) return;
      event.preventDefault();
      show(event.key === "Home" || event.key === "End" ? time : rounded(time));
    });
  }
}

whenSeen("timeline", start, "0px");
