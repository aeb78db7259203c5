// Every *.ts in src/holdfast/web/islands/ (tests and declarations apart) is an entry of its own. The hashed files and
// manifest.json go to src/holdfast/web/static/built/, where the template tag `island` finds them.
import { readdirSync } from "node:fs";
import { defineConfig } from "vitest/config";

const islands = "src/holdfast/web/islands";
const entries = readdirSync(islands)
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.endsWith(".d.ts"))
  .map((name) => `${islands}/${name}`);

export default defineConfig({
  // Addresses inside the bundles are relative, so that static files may be served from anywhere.
  base: "./",
  publicDir: false,
  build: {
    outDir: "src/holdfast/web/static/built",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: entries,
      output: {
        entryFileNames: "[name]-[hash].js",
        chunkFileNames: "[name]-[hash].js",
        assetFileNames: "[name]-[hash][extname]",
      },
    },
  },
  test: {
    include: [`${islands}/**/*.test.ts`],
    passWithNoTests: true,
  },
});
