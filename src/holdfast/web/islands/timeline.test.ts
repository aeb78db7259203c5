import { describe, expect, it } from "vitest";
import { inWords, readLevels, rounded, scale, stateAt } from "./timeline";

describe("the read-out of a time", () => {
  const row = { name: "Payroll", levels: readLevels("0:1 4:0.5 8:0 80:1"), minimum: 0.5 };

  it("says down only below the minimum level", () => {
    expect([0, 4, 7.9, 8, 79, 80].map((time) => stateAt(row, time))).toEqual([
      "up",
      "reduced",
      "reduced",
      "down",
      "down",
      "up",
    ]);
  });

  it("finds the time under the pointer that the drawing put there", () => {
    for (const logarithmic of [true, false]) {
      const axis = scale(2160, logarithmic);
      for (const time of [0, 1, 72, 2160]) expect(axis.time(axis.share(time))).toBeCloseTo(time, 6);
    }
  });

  it("writes times as the page does", () => {
    const units = { min: "%s min", h: "%s h", d: "%s d" };
    expect([0, 1 / 3, 4, 3 + 1 / 3, 72, 100].map((time) => inWords(time, units))).toEqual([
      "0\u00a0h",
      "20\u00a0min",
      "4\u00a0h",
      "3\u00a0h\u00a020\u00a0min",
      "3\u00a0d",
      "4\u00a0d\u00a04\u00a0h",
    ]);
  });

  it("lands on whole minutes, quarters and hours", () => {
    expect([rounded(1.2345), rounded(10.1), rounded(99.6)].map((time) => Number(time.toFixed(4)))).toEqual([
      1.2333, 10, 100,
    ]);
  });
});
