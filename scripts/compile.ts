import { isBuiltin } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildOptions, Plugin } from "esbuild";
import { readTemplates } from "../src/embedded/templates.ts";

/** The project's root, without a slash at the end. */
export const root: string = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** zod carries its messages in fifty languages, a quarter of a megabyte to load; this program speaks one. */
const zodInEnglish: Plugin = {
  name: "zod in English",
  setup({ onLoad }) {
    onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, ({ path }) => ({
      contents: 'export { default as en } from "./en.js";',
      resolveDir: dirname(path),
    }));
  },
};

/**
 * Node's own modules are loaded when the code that wants them runs. As import statements they would all stand at the top of the one file
 * of the executable, and the first line would wait for cryptography and networking.
 */
const builtinsOnDemand: Plugin = {
  name: "Node's own modules on demand",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path }) => (isBuiltin(path) ? { path, namespace: "builtin" } : undefined));
    onLoad({ filter: /./, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
      loader: "js",
    }));
  },
};

/**
 * What the executable tells Node. A signal must not open a debugger into a program that runs as root. And with the room for new objects
 * that V8 starts with, a run of a second spends a tenth of its time on collecting them (measured: 70 of 620 ms of processor); with the
 * room that it takes when it likes, keys in a long list cost 50 MB more.
 */
export const engineOptions = ["--disable-sigusr1", "--min-semi-space-size=8", "--max-semi-space-size=8"];

/** What `npm start` and the executable have in common: src/cli.ts and all it needs, as ES modules, templates inside. */
export function compileOptions(): BuildOptions {
  return {
    absWorkingDir: root,
    entryPoints: { drawbridge: "src/cli.ts" },
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22.13",
    jsx: "automatic",
    minify: true,
    legalComments: "none",
    logLevel: "silent",
    plugins: [zodInEnglish, builtinsOnDemand],
    define: {
      "process.env.NODE_ENV": '"production"',
      "process.env.DEV": '"false"',
      // Yoga would fetch() the code that it carries within itself, and load all of Node's HTTP client for it. Nothing here speaks HTTP.
      fetch: "undefined",
      EMBEDDED_TEMPLATES: JSON.stringify(readTemplates(`${root}/templates`)),
    },
    // Ink names it in a branch that never runs here; leaving it out of the bundle fails at start, for it is not installed.
    alias: { "react-devtools-core": "./scripts/no-devtools.ts" },
  };
}
