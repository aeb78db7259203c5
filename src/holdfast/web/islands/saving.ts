// The analysis of a process saves each field as it is left, and shows what others write meanwhile. A field that somebody
// else has changed since it was read is not overwritten: what stands there is shown beside it, to take or to replace.

import { button, element } from "./page/element";
import { type Answer, type Field, givenOf, settle, valueOf } from "./page/field";

const ASK = 8_000;
const AGAIN = 4_000;

export function start(form: HTMLFormElement): void {
  const { save = "", now = "" } = form.dataset;
  const token = form.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
  const state = document.getElementById("saved");
  const version = form.querySelector<HTMLInputElement>("input[name=version]");
  const seen = new Map<string, string>();
  const queue = new Map<string, Field>();
  let busy = false;
  let timer = 0;

  const fields = (): Field[] =>
    [...form.elements].filter(
      (one): one is Field =>
        (one instanceof HTMLInputElement || one instanceof HTMLSelectElement || one instanceof HTMLTextAreaElement) &&
        one.name !== "" &&
        one.type !== "hidden",
    );
  const say = (text: string) => {
    if (state) state.textContent = text;
  };

  // What was changed while this program was still on its way is saved like any other.
  for (const field of fields()) {
    seen.set(field.name, givenOf(field));
    if (valueOf(field) !== givenOf(field)) queue.set(field.name, field);
  }

  form.addEventListener("change", (event) => {
    const field = event.target as Field;
    if (!field.name || !seen.has(field.name)) return;
    if (valueOf(field) !== seen.get(field.name)) queue.set(field.name, field);
    void drain();
  });

  async function drain(): Promise<void> {
    if (busy) return;
    const next = queue.entries().next();
    if (next.done) return;
    const [name, field] = next.value;
    busy = true;
    say(form.dataset.saving ?? "");
    const value = valueOf(field);
    const body = new URLSearchParams({ name, value, seen: seen.get(name) ?? "" });
    try {
      const answer = await fetch(save, { method: "POST", body, headers: { "X-CSRFToken": token } });
      const said = (await answer.json()) as Answer;
      queue.delete(name);
      settle(field, "");
      if (answer.status === 409) {
        contest(field, said);
      } else if (!answer.ok) {
        settle(field, said.message ?? "");
        say(said.message ?? "");
      } else {
        seen.set(name, said.now ?? value);
        follow(said);
        say(`${form.dataset.saved ?? ""} ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`);
      }
    } catch {
      say(form.dataset.failed ?? "");
      window.clearTimeout(timer);
      timer = window.setTimeout(() => void drain(), AGAIN);
      busy = false;
      return;
    }
    busy = false;
    void drain();
  }

  function contest(field: Field, said: Answer): void {
    const theirs = said.now ?? "";
    const close = () => box.remove();
    const shown = field instanceof HTMLSelectElement ? ([...field.options].find((one) => one.value === theirs)?.text ?? theirs) : theirs;
    const box = element(
      "div",
      { class: "theirs-now", role: "alert" },
      element("p", {}, `${said.message ?? ""} ${shown || "—"}`),
      button(form.dataset.theirs ?? "", () => {
        field.value = theirs;
        seen.set(field.name, theirs);
        close();
      }),
      button(form.dataset.mine ?? "", () => {
        seen.set(field.name, theirs);
        queue.set(field.name, field);
        close();
        void drain();
      }),
    );
    field.parentElement?.querySelector(".theirs-now")?.remove();
    field.after(box);
    say("");
  }

  function follow(said: Answer): void {
    if (version && said.version) version.value = String(said.version);
    const drawn = document.getElementById("drawn");
    if (drawn && said.drawn !== undefined) drawn.innerHTML = said.drawn;
    for (const field of fields()) {
      if (!field.name.startsWith("impact.")) continue;
      const colour = said.colours?.[field.name];
      const cell = field.closest("td");
      if (cell) cell.className = colour === undefined ? "" : `heat-${colour}`;
    }
  }

  async function look(): Promise<void> {
    if (document.hidden || busy || queue.size > 0 || !version) return;
    try {
      const answer = await fetch(`${now}?seen=${version.value}`);
      if (answer.status !== 200) return;
      const said = (await answer.json()) as Answer;
      for (const field of fields()) {
        const theirs = said.fields?.[field.name];
        if (theirs === undefined || theirs === seen.get(field.name)) continue;
        // What is being typed here stays: it meets theirs when it is saved.
        if (valueOf(field) !== seen.get(field.name) || field === document.activeElement) continue;
        field.value = theirs;
        seen.set(field.name, theirs);
        field.classList.add("fresh");
        field.title = `${form.dataset.by ?? ""} ${said.by ?? ""}`;
      }
      follow(said);
    } catch {
      // Asked again in a moment.
    }
  }

  void drain();
  window.setInterval(() => void look(), ASK);
  window.addEventListener("beforeunload", (event) => {
    if (queue.size > 0 || busy) event.preventDefault();
  });
}

if (typeof document !== "undefined") {
  const form = document.querySelector<HTMLFormElement>("form[data-save]");
  if (form) start(form);
}
