// What part of the map is seen: a window into the whole, moved and resized without leaving it.

export interface Window {
  x: number;
  y: number;
  width: number;
  height: number;
}

export const CLOSEST = 12;

/** The window `times` larger in scale (below 1: smaller), about a point of the map, inside the whole. */
export function zoomed(seen: Window, whole: Window, times: number, about: { x: number; y: number }): Window {
  const width = Math.min(Math.max(seen.width / times, whole.width / CLOSEST), whole.width);
  const height = (width * whole.height) / whole.width;
  const x = about.x - ((about.x - seen.x) * width) / seen.width;
  const y = about.y - ((about.y - seen.y) * height) / seen.height;
  return kept({ x, y, width, height }, whole);
}

/** The window moved by a distance, as far as the whole goes. */
export function moved(seen: Window, whole: Window, dx: number, dy: number): Window {
  return kept({ ...seen, x: seen.x + dx, y: seen.y + dy }, whole);
}

function kept(seen: Window, whole: Window): Window {
  return {
    ...seen,
    x: Math.min(Math.max(seen.x, whole.x), whole.x + whole.width - seen.width),
    y: Math.min(Math.max(seen.y, whole.y), whole.y + whole.height - seen.height),
  };
}

export function middle(seen: Window): { x: number; y: number } {
  return { x: seen.x + seen.width / 2, y: seen.y + seen.height / 2 };
}
