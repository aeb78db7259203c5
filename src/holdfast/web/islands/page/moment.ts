// The moment that the player shows, told to every picture of the page; one that comes later asks for the present one.

export interface Shown {
  /** States from 0 to 4 by node id; a node that is not named holds. */
  states: ReadonlyMap<string, number>;
  /** Per duty station its state and what is so there, in words. */
  stations: ReadonlyMap<string, readonly [state: number, words: string]>;
  /** The names of the five states. */
  words: readonly string[];
}

type Listener = (shown: Shown) => void;

const listeners = new Set<Listener>();
let present: Shown | null = null;

export function tell(shown: Shown): void {
  present = shown;
  for (const listener of listeners) listener(shown);
}

export function listen(listener: Listener): void {
  listeners.add(listener);
  if (present) listener(present);
}
