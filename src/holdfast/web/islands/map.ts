// The map of duty stations: the page's own drawing, made larger, moved, read out and chosen from.

import { type Window, middle, moved, zoomed } from "./geography/window";
import { button, element } from "./page/element";
import { type Shown, listen } from "./page/moment";
import { whenSeen } from "./page/seen";

const NEAR = 1.8;

function start(root: HTMLElement): void {
  const drawing = root.querySelector<SVGSVGElement>("svg.map");
  if (!drawing) return;
  const box = drawing.viewBox.baseVal;
  const whole: Window = { x: box.x, y: box.y, width: box.width, height: box.height };
  const unit = Number(drawing.dataset.unit);
  const points = [...drawing.querySelectorAll<SVGAElement>("a.point")].map((mark) => ({
    mark,
    place: /translate\([^)]*\)/.exec(mark.getAttribute("transform") ?? "")?.[0] ?? "",
  }));
  let seen = whole;
  let chosen: SVGAElement | null = null;

  function look(at: Window): void {
    seen = at;
    const share = seen.width / whole.width;
    drawing!.setAttribute("viewBox", `${seen.x} ${seen.y} ${seen.width} ${seen.height}`);
    drawing!.classList.toggle("free", share < 0.999);
    drawing!.classList.toggle("near", 1 / share >= NEAR);
    // Marks and names keep their size: what grows is the distance between them.
    for (const { mark, place } of points) mark.setAttribute("transform", `${place} scale(${(unit * share).toFixed(4)})`);
    smaller.disabled = back.disabled = share > 0.999;
  }
  const closer = (times: number) => look(zoomed(seen, whole, times, middle(seen)));
  const larger = button("+", () => closer(1.6), { "aria-label": root.dataset.larger, title: root.dataset.larger });
  const smaller = button("−", () => closer(1 / 1.6), { "aria-label": root.dataset.smaller, title: root.dataset.smaller });
  const back = button("⤢", () => look(whole), { "aria-label": root.dataset.whole, title: root.dataset.whole });
  root.prepend(element("div", { class: "tools" }, larger, smaller, back));

  const card = element("div", { class: "card" });
  card.hidden = true;
  root.append(card);

  function read(mark: SVGAElement): void {
    const { name = "", words = "", state = "", url = "", premises = "0" } = mark.dataset;
    const lose = mark.classList.contains("chosen") ? root.dataset.keep : root.dataset.lose;
    card.replaceChildren(element("h3", {}, name));
    if (state) card.append(element("p", {}, `${state}: ${words}`));
    if (url) card.append(element("a", { class: "button", href: url }, lose ?? ""));
    else card.append(element("p", { class: "note" }, (premises === "0" ? root.dataset.none : root.dataset.full) ?? ""));
    if (chosen) card.append(button("×", close, { class: "quiet close", "aria-label": root.dataset.close }));
    card.hidden = false;
  }

  function choose(mark: SVGAElement | null): void {
    chosen?.classList.remove("open");
    chosen = mark;
    if (!mark) {
      card.hidden = true;
      return;
    }
    mark.classList.add("open");
    read(mark);
    card.querySelector<HTMLElement>("a, button")?.focus({ preventScroll: true });
  }

  function close(): void {
    const mark = chosen;
    choose(null);
    mark?.focus();
  }

  for (const { mark } of points) {
    mark.setAttribute("aria-haspopup", "true");
    mark.addEventListener("click", (event) => {
      event.preventDefault();
      choose(mark);
    });
    for (const enters of ["pointerenter", "focus"]) mark.addEventListener(enters, () => chosen ?? read(mark));
    for (const leaves of ["pointerleave", "blur"]) {
      mark.addEventListener(leaves, () => {
        if (!chosen) card.hidden = true;
      });
    }
  }
  root.addEventListener("keydown", (event) => {
    const step = seen.width / 10;
    const acts: Record<string, () => void> = {
      Escape: close,
      "+": () => closer(1.6),
      "-": () => closer(1 / 1.6),
      "0": () => look(whole),
      ArrowLeft: () => look(moved(seen, whole, -step, 0)),
      ArrowRight: () => look(moved(seen, whole, step, 0)),
      ArrowUp: () => look(moved(seen, whole, 0, -step)),
      ArrowDown: () => look(moved(seen, whole, 0, step)),
    };
    const act = acts[event.key];
    // Arrows scroll the page as long as the whole map is seen.
    if (!act || event.ctrlKey || event.metaKey || (event.key.startsWith("Arrow") && seen.width > whole.width * 0.999)) return;
    event.preventDefault();
    act();
  });
  drawing.addEventListener(
    "wheel",
    (event) => {
      // The wheel alone scrolls the page.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      look(zoomed(seen, whole, event.deltaY < 0 ? 1.25 : 0.8, under(event)));
    },
    { passive: false },
  );
  drawing.addEventListener("dblclick", (event) => look(zoomed(seen, whole, 2, under(event))));
  drawing.addEventListener("pointerdown", (event) => {
    if ((event.target as Element).closest("a") || seen.width > whole.width * 0.999) return;
    const from = seen;
    const scale = seen.width / drawing.getBoundingClientRect().width;
    const drag = (to: PointerEvent) =>
      look(moved(from, whole, (event.clientX - to.clientX) * scale, (event.clientY - to.clientY) * scale));
    drawing.setPointerCapture(event.pointerId);
    drawing.classList.add("held");
    drawing.addEventListener("pointermove", drag);
    drawing.addEventListener(
      "pointerup",
      () => {
        drawing.classList.remove("held");
        drawing.removeEventListener("pointermove", drag);
      },
      { once: true },
    );
  });

  function under(event: MouseEvent): { x: number; y: number } {
    const place = drawing!.getBoundingClientRect();
    return {
      x: seen.x + ((event.clientX - place.left) / place.width) * seen.width,
      y: seen.y + ((event.clientY - place.top) / place.height) * seen.height,
    };
  }

  listen((shown: Shown) => {
    for (const { mark } of points) {
      const station = shown.stations.get(mark.dataset.station ?? "");
      if (!station) continue;
      const [state, words] = station;
      mark.classList.remove("s0", "s1", "s2", "s3", "s4");
      mark.classList.add(`s${state}`);
      mark.querySelector("use")?.setAttribute("href", `#i${state}`);
      mark.dataset.words = words;
      mark.dataset.state = shown.words[state] ?? "";
      mark.setAttribute("aria-label", `${mark.dataset.name}: ${mark.dataset.state}, ${words}`);
    }
    if (chosen) read(chosen);
  });
  look(whole);
}

whenSeen("map", start);
