// The layout beside the page, so that the page stays alive while hundreds of boxes are placed.

import { type Task, place } from "./layout";

addEventListener("message", (event: MessageEvent<{ number: number; task: Task }>) => {
  postMessage({ number: event.data.number, places: place(event.data.task) });
});
