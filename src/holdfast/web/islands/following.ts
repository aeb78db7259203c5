/** Follows a question that is being answered: asks the page itself how far it is, and shows the answer once it is there. */

import { whenSeen } from "./page/seen";

const EVERY = 1000;

async function look(root: HTMLElement): Promise<void> {
  try {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.getElementById(root.id);
    if (!now || now.dataset.island === undefined) {
      location.reload();
      return;
    }
    if (now.innerHTML !== root.innerHTML) root.replaceChildren(...now.childNodes);
  } catch {
    // No connection for a moment: asked again.
  }
  window.setTimeout(() => void look(root), EVERY);
}

whenSeen("following", (root) => {
  window.setTimeout(() => void look(root), EVERY);
});
