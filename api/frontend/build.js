// Builds api/static/app.css and copies the vendored scripts and their licences. Run by a maintainer: `make assets`.
// What it writes is committed, so an installation needs no Node.
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "static");
const vendor = join(out, "vendor");
const modules = join(here, "node_modules");

const SCRIPTS = {
  "govuk-frontend.js": "govuk-frontend/dist/govuk/govuk-frontend.min.js",
  "htmx.js": "htmx.org/dist/htmx.min.js",
  "htmx-ext-sse.js": "htmx-ext-sse/dist/sse.min.js",
  "idb.js": "idb/build/umd.js",
};
const LICENCES = {
  "htmx.LICENCE.txt": join(modules, "htmx.org/LICENSE"),
  "htmx-ext-sse.LICENCE.txt": join(modules, "htmx-ext-sse/LICENSE"),
  "idb.LICENCE.txt": join(modules, "idb/LICENSE"),
  // These two packages carry no licence file; the text is their repositories'.
  "govuk-frontend.LICENCE.txt": join(here, "licences/govuk-frontend.LICENCE.txt"),
  "moj-frontend.LICENCE.txt": join(here, "licences/moj-frontend.LICENCE.txt"),
};
const PACKAGES = ["@ministryofjustice/frontend", "govuk-frontend", "htmx-ext-sse", "htmx.org", "idb"];

await mkdir(vendor, { recursive: true });
const { css } = compile(join(here, "scss/app.scss"), {
  loadPaths: [here],
  style: "compressed",
  quietDeps: true,
  // No byte order mark: it would be part of the first selector, behind the comment.
  charset: false,
});
// The crown of the footer and the document icon are never used here; nothing may ask for their files.
const own = css.replace(/url\("?\/assets\/[^)]*\)/g, "none");
const banner = "/* Built from api/frontend/scss. Holds govuk-frontend and parts of MoJ Frontend, both MIT: see vendor/. */\n";
await writeFile(join(out, "app.css"), `${banner}${own}\n`);

for (const [name, source] of Object.entries(SCRIPTS)) {
  const text = await readFile(join(modules, source), "utf8");
  // The source maps are not shipped, so nothing may ask for them.
  await writeFile(join(vendor, name), `${text.replace(/\n?\/\/# sourceMappingURL=.*$/m, "").trimEnd()}\n`);
}
for (const [name, source] of Object.entries(LICENCES)) {
  await copyFile(source, join(vendor, name));
}
const versions = {};
for (const name of PACKAGES) {
  versions[name] = JSON.parse(await readFile(join(modules, name, "package.json"), "utf8")).version;
}
await writeFile(join(vendor, "versions.json"), `${JSON.stringify(versions, null, 2)}\n`);
