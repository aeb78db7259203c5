// Pages of the day: clocks go on, and what has changed is asked for and put in place. Without this a page is as true as
// when it was loaded. Little is sent: the hashes of the parts that are shown, and back come those that differ, or nothing.

import { type Spans, spanText } from "./page/span";

const EVERY = 5_000;
const SLOW = 20_000;

const body = document.body;
const spans = (body.dataset.spans ?? "").split("|") as unknown as Spans;
const pace = Number(body.dataset.pace ?? "1");
let base = Date.parse(body.dataset.now ?? "") || Date.now();
let since = performance.now();

function now(): number {
  return base + (performance.now() - since) * pace;
}

function tick(): void {
  for (const one of document.querySelectorAll<HTMLElement>("[data-clock]")) {
    const text = spanText(Date.parse(one.dataset.clock ?? "") - now(), spans);
    if (one.textContent !== text) one.textContent = text;
  }
}

function known(): string {
  return [...document.querySelectorAll<HTMLElement>(".live")].map((one) => `${one.id.slice(5)}:${one.dataset.live ?? ""}`).join(",");
}

/** A part in which somebody is writing stays as it is until they are done. */
function busy(part: HTMLElement): boolean {
  const at = document.activeElement;
  const writing = at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement || at instanceof HTMLSelectElement;
  return writing && part.contains(at);
}

async function ask(): Promise<boolean> {
  const answer = await fetch(location.href, { headers: { "X-Live": known() } });
  if (answer.status === 204) return true;
  if (!answer.ok) return false;
  const said = (await answer.json()) as { parts: Record<string, [string, string]>; now: string };
  for (const [name, [digest, text]] of Object.entries(said.parts)) {
    const part = document.getElementById(`live-${name}`);
    if (!part || busy(part)) continue;
    const open = [...part.querySelectorAll("details")].map((one) => one.open);
    part.innerHTML = text;
    part.dataset.live = digest;
    [...part.querySelectorAll("details")].forEach((one, number) => {
      if (open[number]) one.open = true;
    });
  }
  base = Date.parse(said.now);
  since = performance.now();
  tick();
  return true;
}

async function follow(): Promise<void> {
  const stale = document.getElementById("stale");
  try {
    if (!document.hidden && (await ask()) && stale) stale.hidden = true;
  } catch {
    if (stale?.hidden) {
      stale.textContent = `${body.dataset.stale ?? ""} ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`;
      stale.hidden = false;
    }
  }
  window.setTimeout(() => void follow(), document.hidden ? SLOW : EVERY);
}

if (document.querySelector(".live")) window.setTimeout(() => void follow(), EVERY);
if (body.dataset.spans) window.setInterval(tick, 1000);
for (const form of document.querySelectorAll<HTMLFormElement>("form")) {
  form.addEventListener("submit", () => {
    const field = form.querySelector<HTMLInputElement>("input[name=device_at]");
    if (field) field.value = new Date().toISOString();
  });
}
