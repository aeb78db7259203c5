/** A changed question is answered where it stands: the reader keeps place and focus, and only the answer is drawn anew.
 * Whatever goes wrong on the way, the browser goes to the address that the form would have gone to. */

import { lookAgain } from "./page/seen";

const BOTH = "main .split";
let asked: AbortController | undefined;
let shown = "";

function here(): string {
  return location.pathname + location.search;
}

async function answer(said: URLSearchParams, action: string, status: HTMLElement): Promise<void> {
  const address = `${action}?${said.toString()}`;
  asked?.abort();
  asked = new AbortController();
  const { signal } = asked;
  const before = document.querySelector<HTMLElement>(BOTH);
  before?.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(`${address}&in-place=1`, { signal, credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const next = page.querySelector(BOTH);
    if (!before || !next || response.redirected) throw new Error("another page");
    const focused = document.activeElement?.id ?? "";
    before.replaceWith(next);
    document.title = page.title;
    // Asked under the long address of the form's fields; the bar shows the short one that people share.
    history.pushState(null, "", page.querySelector<HTMLLinkElement>('link[rel="canonical"]')?.href ?? address);
    shown = here();
    lookAgain();
    const field = focused ? document.getElementById(focused) : null;
    (field ?? document.querySelector<HTMLElement>("#ask button.primary"))?.focus({ preventScroll: true });
    const finding = document.querySelector<HTMLElement>(".finding");
    const box = finding?.getBoundingClientRect();
    if (box && (box.top < 0 || box.top > innerHeight)) finding?.scrollIntoView();
    status.textContent = finding?.querySelector(".lead")?.textContent ?? page.title;
  } catch {
    if (!signal.aborted) location.assign(address);
  }
}

if (document.querySelector("#ask")) {
  shown = here();
  const status = document.createElement("p");
  status.className = "hide";
  status.setAttribute("role", "status");
  document.body.append(status);
  document.addEventListener("submit", (event) => {
    const sent = event.target as HTMLFormElement;
    const by = event.submitter as HTMLButtonElement | null;
    const said = new FormData(sent, by);
    // The key Enter looks for what stands in the search; where nothing does, it asks the question.
    if (said.get("do") === "enter" && !said.get("find")) said.set("do", "show");
    if (sent.id !== "ask" || said.get("do") !== "show") return;
    event.preventDefault();
    const pairs = [...said].map(([name, value]) => [name, String(value)]);
    void answer(new URLSearchParams(pairs), sent.action, status);
  });
  addEventListener("popstate", () => {
    // Going back to another question; a place within this page is the browser's own affair.
    if (here() !== shown) location.reload();
  });
}
