/** Draws a judgement again while it is typed: the page itself is asked, so that what is drawn is what would be kept. */

const WAIT = 300;

export function draw(form: HTMLFormElement): void {
  let timer = 0;
  let asked: AbortController | undefined;
  form.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      asked?.abort();
      asked = new AbortController();
      void again(form, asked.signal);
    }, WAIT);
  });
}

async function again(form: HTMLFormElement, signal: AbortSignal): Promise<void> {
  const said = new FormData(form);
  const pairs = [...said].map(([name, value]) => [name, String(value)]);
  let request: Request;
  if (form.method === "get") {
    request = new Request(`${location.pathname}?${new URLSearchParams(pairs).toString()}`, { signal });
  } else {
    said.set("try", "1");
    request = new Request(location.href, { method: "POST", body: said, signal });
  }
  try {
    const answer = await fetch(request);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["drawn"]) {
      const now = page.getElementById(id);
      if (now) document.getElementById(id)?.replaceWith(now);
    }
  } catch {
    // Typed on in the meantime, or no connection: the button does the same.
  }
}

document.querySelectorAll<HTMLFormElement>("form[data-draw]").forEach(draw);
