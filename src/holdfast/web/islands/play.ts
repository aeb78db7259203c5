// The player: from moment to moment of an answer, by keys, by hand or by itself. It tells the pictures what is so then.

import { button, element, fill, stateMark } from "./page/element";
import { tell } from "./page/moment";
import { type Course, momentAt, shownAt } from "./page/course";
import { whenSeen } from "./page/seen";
import { scale } from "./timeline";

const STEPS = 1000;
const PACE = 1100;
const MOST_NAMED = 40;

async function start(root: HTMLElement): Promise<void> {
  const answer = await fetch(root.dataset.source ?? "", { credentials: "same-origin" });
  // Without its data the player stays what the page came with: a field and links that work.
  if (!answer.ok) return;
  const course = (await answer.json()) as Course;
  const { text, moments } = course;
  const axis = scale(course.horizon, course.horizon > 48);
  const percent = new Intl.NumberFormat(document.documentElement.lang || "en", { style: "percent", maximumFractionDigits: 1 });
  const status = root.querySelector<HTMLElement>(".moment");
  const form = root.querySelector<HTMLElement>(".step");
  if (!status || !form || !moments.length) return;
  let now = -1;
  let timer = 0;

  const slider = element("input", { type: "range", class: "slide", min: 0, max: STEPS, step: 1, value: 0, "aria-label": text.slider });
  const changes = element("ul", { class: "changes", tabindex: 0, "aria-label": text.changed });
  const back = button(text.before ?? "", () => step(-1));
  const play = button(text.play ?? "", toggle);
  const next = button(text.after ?? "", () => step(1));
  const all = button(text.worst ?? "", () => show(-1), { "aria-pressed": "true" });
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) play.hidden = true;

  function show(number: number, time?: number): void {
    now = number;
    changes.replaceChildren();
    back.disabled = now < 0;
    next.disabled = now >= moments.length - 1;
    all.setAttribute("aria-pressed", String(now < 0));
    const moment = moments[now];
    if (!moment) {
      status!.textContent = course.worst.text;
      slider.value = "0";
      slider.setAttribute("aria-valuetext", course.worst.text);
      tell(shownAt(course, -1));
      return;
    }
    status!.textContent = moment.text;
    if (time === undefined) slider.value = String(Math.round(axis.share(moment.time) * STEPS));
    slider.setAttribute("aria-valuetext", moment.text);
    for (const [place, state, level] of moment.changes.slice(0, MOST_NAMED)) {
      const name = course.nodes[place]?.[1] ?? "";
      const word = course.words[state] ?? "";
      const said = level > 0 && level < 1 ? `${word} (${percent.format(level)})` : word;
      changes.append(element("li", {}, stateMark(state), `${name}: ${said}`));
    }
    const more = moment.changes.length - MOST_NAMED;
    if (more > 0) changes.append(element("li", {}, fill(text.more, { n: more })));
    if (!moment.changes.length) changes.append(element("li", {}, text.nothing ?? ""));
    tell(shownAt(course, now));
  }

  function step(by: number): void {
    stop();
    show(Math.max(Math.min(now + by, moments.length - 1), -1));
  }

  function stop(): void {
    window.clearInterval(timer);
    timer = 0;
    play.textContent = text.play ?? "";
  }

  function toggle(): void {
    if (timer) {
      stop();
      return;
    }
    if (now >= moments.length - 1) show(-1);
    play.textContent = text.pause ?? "";
    timer = window.setInterval(() => {
      show(Math.min(now + 1, moments.length - 1));
      if (now >= moments.length - 1) stop();
    }, PACE);
  }

  slider.addEventListener("input", () => {
    stop();
    const time = axis.time(Number(slider.value) / STEPS);
    const number = momentAt(course, time);
    if (number !== now) show(number, time);
  });
  slider.addEventListener("keydown", (event) => {
    const moves: Record<string, number> = {
      ArrowRight: now + 1,
      ArrowUp: now + 1,
      PageUp: now + 5,
      ArrowLeft: now - 1,
      ArrowDown: now - 1,
      PageDown: now - 5,
      Home: 0,
      End: moments.length - 1,
    };
    const number = moves[event.key];
    if (number === undefined) return;
    event.preventDefault();
    stop();
    show(Math.max(Math.min(number, moments.length - 1), 0));
  });
  form.replaceChildren(back, play, next, all);
  form.after(slider);
  status.after(changes);
  show(root.dataset.at ? momentAt(course, Number(root.dataset.at)) : -1);
}

whenSeen("play", (root) => void start(root));
