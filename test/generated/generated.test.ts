import { existsSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { template, templates } from "../../src/embedded/templates.ts";
import { looksLikeSecret } from "../../src/workload/secrecy.ts";
import { profiles, rendered } from "./profiles.ts";

const golden = new URL("./golden/", import.meta.url).pathname;

/** Each file once, as the first profile that has it makes it. */
const first = new Map<string, string>();
/** Every text that any profile makes, by path. */
const all = new Map<string, Set<string>>();
const byProfile = profiles.map((profile) => ({ profile, files: rendered(profile) }));
for (const { files } of byProfile) {
  for (const { path, content } of files) {
    if (!first.has(path)) first.set(path, content);
    all.set(path, (all.get(path) ?? new Set()).add(content));
  }
}

describe("each generated file is as it was reviewed (npm run golden writes them anew)", () => {
  test.each([...first])("%s", async (path, content) => {
    await expect(content).toMatchFileSnapshot(`${golden}${path.slice(1)}.golden`);
  });

  test("no reviewed file is left of one that is not generated any more", () => {
    const kept = existsSync(golden)
      ? readdirSync(golden, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => `/${`${entry.parentPath}/${entry.name}`.replaceAll("//", "/").slice(golden.length)}`)
      : [];
    expect(kept.filter((path) => !first.has(path.replace(/\.golden$/u, "")))).toEqual([]);
  });
});

test("there is a profile for every way to answer a question that has few", () => {
  expect(profiles.length).toBeGreaterThan(40);
});

test("the same answers make the same files", () => {
  for (const { profile, files } of byProfile.slice(0, 2)) expect(rendered(profile)).toEqual(files);
});

/** Lists of names, one a line: of those there may be none. */
const lists: ReadonlySet<string> = new Set(["/etc/drawbridge/backups/databases"]);

/** A line that shows how an address with a password would look, or says where a secret lies, is no secret. */
const isExample = (line: string): boolean =>
  /PASSWORD|<|…|•|\$|example|LoadCredential|=[\w.:-]*\/[\w./-]*$/u.test(line);

test.each(
  byProfile.map(({ profile, files }) => [profile.name, files] as const),
)("%s: every file holds to the rules", (_name, files) => {
  const paths = files.map(({ path }) => path);
  expect(paths).toEqual([...new Set(paths)]);
  for (const { path, content, mode, about } of files) {
    const wrong = [
      ...(/^\/(?!.*(?:^|\/)\.\.?(?:\/|$))[^\t\n\0]+$/u.test(path) ? [] : ["its path"]),
      ...(/^0[0-7]{3}$/u.test(mode) && (Number.parseInt(mode, 8) & 0o022) === 0 ? [] : [`its mode ${mode}`]),
      // What may be run says by what.
      ...((Number.parseInt(mode, 8) & 0o111) === 0 || /^#!\//u.test(content) ? [] : [`mode ${mode} without #!`]),
      ...(content.trim() === "" && !lists.has(path) ? ["empty"] : []),
      ...(content === "" || content.endsWith("\n") ? [] : ["no line break at its end"]),
      ...(/\r|\0|\ufeff/u.test(content) ? ["signs that a text has not"] : []),
      ...(content.match(/\{\{[a-z][\w-]*\}\}/gu) ?? []),
      ...(content.match(/\bundefined\b|\[object Object\]|\bNaN\b/gu) ?? []),
      ...content.split("\n").filter((line) => looksLikeSecret(line) && !isExample(line)),
      ...(about.trim().length > 10 && !about.includes("\n") ? [] : ["what it is about"]),
    ];
    expect([path, wrong]).toEqual([path, []]);
  }
});

/**
 * Templates that only a plan, an inspection or the program itself writes or reads: what depends on the machine (packages, versions, other
 * files there), scripts that are run on it, tables. Everything else has to come out of some profile.
 */
const elsewhere =
  /^(?:transaction|etc|usr|os|runtime\/audit|configuration\/load|network\/network-state|tls\/(?:guideline|handshakes)|runtime\/(?:versions\/versions\.json|logs\/logrotate\.conf))/u;

test("every template is rendered by some profile", () => {
  const lines = new Set(
    [...all.values()].flatMap((contents) => [...contents].flatMap((content) => content.split("\n"))),
  );
  const unused = templates().filter((path) => {
    if (elsewhere.test(path)) return false;
    const own = template(path)
      .split("\n")
      .filter((line) => line.trim() !== "" && !line.includes("{{"));
    return own.filter((line) => lines.has(line)).length < own.length / 2;
  });
  expect(unused).toEqual([]);
});
