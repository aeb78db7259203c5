// Two keys on every page: "/" goes to the search, "?" to the page of words and keys. Never while somebody types.

export function wanted(event: { key: string; ctrlKey: boolean; metaKey: boolean; altKey: boolean }, typing: boolean): "search" | "help" | null {
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return null;
  return event.key === "/" ? "search" : event.key === "?" ? "help" : null;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}

if (typeof document !== "undefined") {
  document.addEventListener("keydown", (event) => {
    const what = wanted(event, isTyping(event.target));
    if (what === "search") {
      const field = document.getElementById("seek");
      if (!field) return;
      event.preventDefault();
      field.focus();
    } else if (what === "help" && document.body.dataset["help"]) {
      location.assign(document.body.dataset["help"]);
    }
  });
}
