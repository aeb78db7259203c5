// An island starts when its place on the page is seen: what nobody scrolls to is neither fetched nor drawn.

export function whenSeen(name: string, start: (root: HTMLElement) => void): void {
  if (typeof document === "undefined") return;
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        seen.unobserve(entry.target);
        start(entry.target as HTMLElement);
      }
    },
    { rootMargin: "200px" },
  );
  for (const root of document.querySelectorAll<HTMLElement>(`[data-island="${name}"]`)) seen.observe(root);
}
