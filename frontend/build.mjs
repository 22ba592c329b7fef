// Builds the assets of the application into the folder given as argument, names carrying a hash of
// the content so that browsers may keep them for ever, plus manifest.json: logical name -> file.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const out = process.argv[2] ?? "dist";
const entries = ["src/app.js", "src/partner.js", "src/app.css", "src/editor/editor.jsx", "src/editor/editor.css", "src/editor/rows.js"];

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const built = await build({
  entryPoints: entries,
  bundle: true,
  minify: true,
  target: ["es2022"],
  format: "iife",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "linked",
  loader: { ".svg": "dataurl" },
  logLevel: "warning",
  outdir: out,
  write: false,
});
const manifest = {};
for (const { path, contents } of built.outputFiles) {
  const name = basename(path);
  const digest = createHash("sha256").update(contents).digest("hex").slice(0, 12);
  const file = name.replace(/(\.(?:js|css))/, `.${digest}$1`);
  writeFileSync(join(out, file), contents);
  writeFileSync(join(out, `${file}.gz`), gzipSync(contents, { level: 9 }));
  manifest[name] = file;
}
// The licences of what the bundles contain travel with them.
const licences = ["bootstrap", "htmx.org", "preact", "sortablejs"].map(
  (name) => `${name}\n\n${readFileSync(join("node_modules", name, "LICENSE"), "utf8")}`,
);
writeFileSync(join(out, "THIRD_PARTY.txt"), licences.join("\n\n"));
writeFileSync(join(out, "manifest.json"), JSON.stringify(manifest, null, 2));
