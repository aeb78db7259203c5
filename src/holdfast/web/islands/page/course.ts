// The course of an answer as moments.json gives it (pages/whatif/moments.py): what changes when, and what is so then.

import type { Shown } from "./moment";

export interface Moment {
  /** Hours after the start. */
  time: number;
  /** What is down from then on, as a sentence. */
  text: string;
  changes: [place: number, state: number, level: number][];
  stations: [id: string, state: number, words: string][];
}

export interface Course {
  horizon: number;
  /** Each at its worst up to the horizon: the states of `nodes`, and the stations. */
  worst: { text: string; states: number[]; stations: Moment["stations"] };
  words: string[];
  nodes: [id: string, name: string][];
  moments: Moment[];
  left_out: number;
  text: Record<string, string>;
}

/** The number of the last moment at or before a time. */
export function momentAt(course: Course, time: number): number {
  let number = 0;
  for (const [index, moment] of course.moments.entries()) {
    if (moment.time > time + 1e-9) break;
    number = index;
  }
  return number;
}

/** What is so from a moment on: the changes up to it, one after the other. Before the first: each at its worst. */
export function shownAt(course: Course, number: number): Shown {
  const states = new Map<string, number>();
  const stations = new Map<string, readonly [number, string]>();
  if (number < 0) {
    for (const [place, state] of course.worst.states.entries()) states.set(course.nodes[place]?.[0] ?? "", state);
    for (const [id, state, words] of course.worst.stations) stations.set(id, [state, words]);
  }
  for (const moment of course.moments.slice(0, number + 1)) {
    for (const [place, state] of moment.changes) states.set(course.nodes[place]?.[0] ?? "", state);
    for (const [id, state, words] of moment.stations) stations.set(id, [state, words]);
  }
  return { states, stations, words: course.words };
}
