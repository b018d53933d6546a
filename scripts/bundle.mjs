// Builds static/bundles: each file there holds a page's script or stylesheet with everything that it imports.
// `scripts/bundle` runs it. With --check, it only compares them with what it would write.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { argv, exit } from "node:process";

import * as esbuild from "esbuild";

const STATIC = "static";
const BUNDLES = `${STATIC}/bundles`;
const ENTRIES = [
  `${STATIC}/js/devices.js`,
  `${STATIC}/js/blocked.js`,
  `${STATIC}/js/card.js`,
  `${STATIC}/js/files.js`,
  `${STATIC}/js/first_run.js`,
  `${STATIC}/js/gate.js`,
  `${STATIC}/js/home.js`,
  `${STATIC}/js/invite_links.js`,
  `${STATIC}/js/invited.js`,
  `${STATIC}/js/person_card.js`,
  `${STATIC}/js/person_page.js`,
  `${STATIC}/js/moderation.js`,
  `${STATIC}/js/morph.js`,
  `${STATIC}/js/notifications.js`,
  `${STATIC}/js/offline.js`,
  `${STATIC}/js/passkeys.js`,
  `${STATIC}/js/notify_many.js`,
  `${STATIC}/js/outsiders.js`,
  `${STATIC}/js/remind.js`,
  `${STATIC}/js/picker.js`,
  `${STATIC}/js/preferences.js`,
  `${STATIC}/js/previews.js`,
  `${STATIC}/js/profile.js`,
  `${STATIC}/js/report.js`,
  `${STATIC}/js/room.js`,
  `${STATIC}/js/room_notifications.js`,
  `${STATIC}/js/shell.js`,
  `${STATIC}/js/moments.js`,
  `${STATIC}/js/saved.js`,
  `${STATIC}/js/schedule.js`,
  `${STATIC}/js/scheduled.js`,
  `${STATIC}/js/search.js`,
  `${STATIC}/js/sections.js`,
  `${STATIC}/js/settings.js`,
  `${STATIC}/js/sidebar_drag.js`,
  `${STATIC}/js/status.js`,
  `${STATIC}/js/task_dialog.js`,
  `${STATIC}/js/tasks.js`,
  `${STATIC}/js/time_zone.js`,
  `${STATIC}/js/viewer.js`,
  `${STATIC}/css/pages/*.css`,
];

// Puts above each source its name and a digest, by which chatproject/storage.py knows whether a bundle is up to date.
// The exclamation mark keeps the comment.
const digests = {
  name: "digests",
  setup(build) {
    build.onLoad({ filter: /\.(js|css)$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const digest = createHash("sha256").update(source).digest("hex").slice(0, 16);
      const contents = `/*! ${relative(STATIC, path)} ${digest} */\n${source}`;
      return { contents, loader: path.endsWith(".css") ? "css" : "js" };
    });
  },
};

const { outputFiles } = await esbuild.build({
  entryPoints: ENTRIES,
  outbase: STATIC,
  outdir: BUNDLES,
  bundle: true,
  format: "esm",
  legalComments: "inline",
  minifyWhitespace: true, // leaves out comments, which would be a third
  plugins: [digests],
  write: false,
});

let same = true;
if (!argv.includes("--check")) await rm(BUNDLES, { recursive: true, force: true });
for (const { path, text } of outputFiles) {
  // One statement a line, so that Git can merge changes of different sources.
  const loader = path.endsWith(".css") ? "css" : "js";
  const { code } = await esbuild.transform(text, { loader, legalComments: "inline", lineLimit: 120 });
  if (argv.includes("--check")) {
    same &&= (await readFile(path, "utf8").catch(() => "")) === code;
  } else {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, code);
  }
}
if (!same) {
  console.error("scripts/bundle: static/bundles does not match its sources. Run scripts/bundle and commit the result.");
  exit(1);
}
