// Every *.ts in src/holdfast/web/islands/ (tests and declarations apart) is an entry of its own. The hashed files and
// manifest.json go to src/holdfast/web/static/built/, where the template tag `island` finds them.
import { readFileSync, readdirSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { worldSvg } from "./src/holdfast/web/islands/geography/world.ts";

const islands = "src/holdfast/web/islands";
const entries = readdirSync(islands)
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.endsWith(".d.ts"))
  .map((name) => `${islands}/${name}`);

// The land behind the map of duty stations, as a picture that the page names without a script.
const land = {
  name: "holdfast-land",
  generateBundle(this: { emitFile(file: { type: "asset"; fileName: string; source: string }): void }): void {
    const atlas = JSON.parse(readFileSync("node_modules/world-atlas/countries-110m.json", "utf8"));
    this.emitFile({ type: "asset", fileName: "world.svg", source: worldSvg(atlas) });
  },
};

// The fonts of documents, for the typesetter, which reads no font that a browser would: under names of their own.
const families = { "noto-sans": "NotoSans", "noto-sans-arabic": "NotoSansArabic", "noto-sans-sc": "NotoSansSC" };
const fonts = {
  name: "holdfast-fonts",
  generateBundle(this: { emitFile(file: { type: "asset"; fileName: string; source: Uint8Array }): void }): void {
    for (const [folder, family] of Object.entries(families)) {
      // Arabic and Chinese have no slanted letters.
      const slanted = folder === "noto-sans" ? ["400Regular_Italic", "700Bold_Italic"] : [];
      for (const style of ["400Regular", "700Bold", ...slanted]) {
        const source = readFileSync(`node_modules/@expo-google-fonts/${folder}/${style}/${family}_${style}.ttf`);
        this.emitFile({ type: "asset", fileName: `fonts/${family}_${style}.ttf`, source });
      }
    }
  },
};

export default defineConfig({
  plugins: [land, fonts],
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
  worker: {
    format: "es",
    rollupOptions: { output: { entryFileNames: "[name]-[hash].js", chunkFileNames: "[name]-[hash].js" } },
  },
  test: {
    include: [`${islands}/**/*.test.ts`],
    passWithNoTests: true,
  },
});
