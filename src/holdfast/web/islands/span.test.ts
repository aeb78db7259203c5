import { expect, test } from "vitest";
import { type Spans, spanText } from "./page/span";

const WORDS: Spans = ["%(d)d d %(h)d h", "%(h)d h %(m)d min", "%(m)d min", "%(s)d s", "in %(span)s", "%(span)s ago"];
const MINUTE = 60_000;

test("what is left is said in the two largest units", () => {
  expect(spanText(200 * MINUTE, WORDS)).toBe("in 3 h 20 min");
  expect(spanText(52 * 60 * MINUTE, WORDS)).toBe("in 2 d 4 h");
  expect(spanText(9 * MINUTE, WORDS)).toBe("in 9 min");
  expect(spanText(45_000, WORDS)).toBe("in 45 s");
});

test("what has passed is said as such", () => {
  expect(spanText(-130 * MINUTE, WORDS)).toBe("2 h 10 min ago");
  expect(spanText(0, WORDS)).toBe("0 s ago");
});
