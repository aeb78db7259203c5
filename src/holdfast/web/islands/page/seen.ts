// An island starts when its place on the page is seen: what nobody scrolls to is neither fetched nor drawn.

const looked: (() => void)[] = [];

export function whenSeen(name: string, start: (root: HTMLElement) => void, rootMargin = "200px"): void {
  if (typeof document === "undefined") return;
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        seen.unobserve(entry.target);
        start(entry.target as HTMLElement);
      }
    },
    { rootMargin },
  );
  const look = () => {
    for (const root of document.querySelectorAll<HTMLElement>(`[data-island="${name}"]`)) seen.observe(root);
  };
  looked.push(look);
  look();
}

/** After a part of the page has been put in the place of another: its islands start too. */
export function lookAgain(): void {
  for (const look of looked) look();
}
