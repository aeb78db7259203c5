import { expect, test } from "vitest";
import { wanted } from "./keys";

const key = (name: string, ctrlKey = false) => ({ key: name, ctrlKey, metaKey: false, altKey: false });

test("a slash goes to the search and a question mark to the help", () => {
  expect(wanted(key("/"), false)).toBe("search");
  expect(wanted(key("?"), false)).toBe("help");
});

test("nobody is interrupted while typing, and the browser keeps its own keys", () => {
  expect(wanted(key("/"), true)).toBeNull();
  expect(wanted(key("/", true), false)).toBeNull();
  expect(wanted(key("a"), false)).toBeNull();
});
