// The dependency map. Its parts are fetched only when its place on the page is seen.

import { whenSeen } from "./page/seen";

whenSeen("dependencies", (root) => {
  void import("./dependencies/view").then(
    (view) => view.start(root),
    () => root.replaceChildren(root.dataset.wrong ?? ""),
  );
});
