import { rootFolder } from "../../../src/core/root-folder.ts";
import { template } from "../../../src/embedded/templates.ts";
import { type Change, change } from "../../../src/model/change.ts";
import { composer } from "../../../src/model/control.ts";
import { dropInDirectory, mainConfig, ownDropIn, type Sshd, type SshdFile, sshd } from "../../../src/probes/sshd.ts";
import { assembleConfig, type ConfigLine, isIncluded, parseConfigLine } from "../../../src/probes/sshd-config.ts";
import { configLines, perspectivesOf } from "./perspectives.ts";
import { listeningSocket, servedBy, socketChanges } from "./serving.ts";
import type { Setting } from "./settings.ts";

const blockBegin = "# BEGIN drawbridge";
const blockEnd = "# END drawbridge";

/** How a line of someone else's is kept when it must not count any more. */
const offMark = "# off by drawbridge: ";

type Wanted = { readonly value: Setting; readonly because: string; readonly needed: boolean };

/** A line to switch off, what takes its place, and the controls that ask for it. */
type Edit = { readonly line: ConfigLine; readonly instead: readonly string[]; readonly because: string };

/**
 * All keywords in one place that wins: a drop-in that sorts first, and the same lines at the top of sshd_config, because lines
 * above an Include beat every drop-in, an Include may be missing, and some auditors read that one file only. What first place
 * cannot beat (Match blocks, keywords that add up) is commented out where it stands.
 */
export const sshdConfig = composer<Setting, { readonly sshd: typeof sshd }>({
  id: "sshd-config",
  needs: { sshd },
  compose: (wanted, { sshd }) => {
    const settings = withoutRepeats(wanted);
    const everyone = sshd.views[0].effective;
    const perspectives = perspectivesOf(sshd);
    const fails = (setting: Setting, scope: "everyone" | "block") =>
      perspectives.filter(
        (perspective) =>
          perspective.scope === scope &&
          !setting.accepts(
            perspective.effective[setting.keyword.toLowerCase()] ?? [],
            perspective.effective,
            perspective,
          ),
      );

    const first: string[] = [];
    const additive: string[] = [];
    const edits: Edit[] = [];
    const lines = configLines(sshd);
    for (const { value: setting, because } of settings) {
      const keyword = setting.keyword.toLowerCase();
      const owned = setting.additive?.keywords.map((name) => name.toLowerCase()) ?? [keyword];
      const wrong = fails(setting, "everyone").length > 0;
      const present = everyone[keyword] ?? [];
      if (setting.additive === undefined) {
        const written = (wrong ? setting.values : present).map((value) => `${setting.keyword} ${value}`);
        first.push(...written);
        for (const line of wrong && setting.alone ? lines : []) {
          if (line.match !== undefined || isInBlock(sshd, line) || line.path === ownDropIn) continue;
          if (line.keyword.toLowerCase() !== keyword || written.some((text) => sameLine(text, line.text))) continue;
          edits.push({ line, instead: [], because });
        }
      } else if (wrong) {
        additive.push(...setting.values.map((value) => `${setting.keyword} ${value}`));
        for (const line of lines) {
          if (line.match !== undefined || isInBlock(sshd, line) || !owned.includes(line.keyword.toLowerCase()))
            continue;
          const instead = setting.additive.instead?.(line.keyword, line.arguments) ?? [];
          if (instead.length === 1 && sameLine(instead[0] as string, line.text)) continue;
          edits.push({ line, instead, because });
        }
      }
      const blocks = new Set(fails(setting, "block").map(({ block }) => block && `${block.path}:${block.number}`));
      for (const line of lines) {
        if (line.match === undefined || !blocks.has(`${line.match.path}:${line.match.number}`)) continue;
        if (owned.includes(line.keyword.toLowerCase())) edits.push({ line, instead: [], because });
      }
    }
    return writeAll(sshd, { first, additive, edits: mergeEdits(edits) });
  },
});

const sameLine = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase();

/** Two controls may ask for one keyword only when they ask for the same. */
const withoutRepeats = (wanted: readonly Wanted[]): readonly Wanted[] => {
  const byKeyword = new Map<string, Wanted>();
  for (const each of wanted) {
    const keyword = each.value.keyword.toLowerCase();
    const earlier = byKeyword.get(keyword);
    if (earlier !== undefined && earlier.value.values.join("\n") !== each.value.values.join("\n")) {
      throw new Error(`${earlier.because} and ${each.because} want different things of ${each.value.keyword}`);
    }
    byKeyword.set(keyword, earlier ?? each);
  }
  return [...byKeyword.values()];
};

const mergeEdits = (edits: readonly Edit[]): readonly (Edit & { readonly reasons: readonly string[] })[] => {
  const byLine = new Map<string, Edit & { readonly reasons: readonly string[] }>();
  for (const edit of edits) {
    const key = `${edit.line.path}:${edit.line.number}`;
    const earlier = byLine.get(key);
    byLine.set(key, { ...(earlier ?? edit), reasons: [...new Set([...(earlier?.reasons ?? []), edit.because])] });
  }
  return [...byLine.values()];
};

/** Where our block begins and ends among the lines of sshd_config; undefined when there is none, or only half of one. */
const blockBounds = (lines: readonly string[]): readonly [number, number] | undefined => {
  const begin = lines.findIndex((line) => line.trim() === blockBegin);
  const end = lines.findIndex((line, index) => index > begin && line.trim() === blockEnd);
  return begin < 0 || end < 0 ? undefined : [begin, end];
};

const isInBlock = (sshd: Sshd, line: ConfigLine): boolean => {
  const bounds = line.path === mainConfig ? blockBounds(sshd.files[0].content.split("\n")) : undefined;
  return bounds !== undefined && line.number - 1 > bounds[0] && line.number - 1 < bounds[1];
};

/** Keywords, in lower case, that an earlier run of ours set: there the answers decide, also when they have become more generous. */
export const setByUs = (sshd: Sshd): ReadonlySet<string> =>
  new Set(
    configLines(sshd)
      .filter((line) => line.match === undefined && (line.path === ownDropIn || isInBlock(sshd, line)))
      .map(({ keyword }) => keyword.toLowerCase()),
  );

type Written = {
  readonly first: readonly string[];
  readonly additive: readonly string[];
  readonly edits: readonly (Edit & { readonly reasons: readonly string[] })[];
};

const writeAll = (sshd: Sshd, { first, additive, edits }: Written): readonly Change[] => {
  const edited = new Map(sshd.files.map((file) => [file.path, applyEdits(file, edits)]));
  const dropInRead = isIncluded(ownDropIn, mainConfig, sshd.files);
  const earlier = sshd.files.find(({ path }) => path === ownDropIn);
  if (dropInRead) {
    const kept = keptLines(edited.get(ownDropIn) ?? "", [...first, ...additive]);
    edited.set(ownDropIn, fill("etc/ssh/sshd_config.d/00-drawbridge.conf", [...first, ...kept]));
  }
  edited.set(mainConfig, withBlock(edited.get(mainConfig) as string, [...first, ...additive]));

  const texts = [...edited].map(([path, content]) => ({ path, content }));
  const check = {
    argv: sshdTest(sshd, "-f", "@files/check-sshd"),
    files: { "check-sshd": assembleConfig(mainConfig, texts) },
  };
  const judged = { checks: [check], verify: [sshdTest(sshd)] };
  const changes: Change[] = [];
  if (dropInRead && sshd.dropInDirectory === undefined) {
    changes.push(rootFolder(`SSH: create ${dropInDirectory}`, dropInDirectory, { phase: "ssh" }));
  }
  for (const [path, content] of edited) {
    const before = sshd.files.find((file) => file.path === path);
    if (before?.content === content) continue;
    const mine = edits.filter(({ line }) => line.path === path);
    const own = path === ownDropIn;
    changes.push(
      change({
        kind: "file",
        phase: "ssh",
        risk: "lockout",
        // One look at the whole is enough, with whichever file is written first.
        ...(changes.some(({ kind }) => kind === "file") ? {} : judged),
        title: titleOf(path, mine),
        // A file of someone else's names exactly the controls that switch a line of it off.
        because: own || path === mainConfig ? [] : [...new Set(mine.flatMap(({ reasons }) => reasons))],
        path,
        before: before === undefined ? null : stateOf(before),
        after:
          own && earlier === undefined
            ? { content, mode: "0600", owner: "root", group: "root" }
            : { ...stateOf(before as SshdFile), content },
      }),
    );
  }
  const unit = servedBy(sshd);
  if (unit !== undefined && !sshd.runDirectory) {
    changes.push(
      rootFolder("SSH: bring back /run/sshd, without which sshd does not reload", "/run/sshd", { phase: "ssh" }),
    );
  }
  const portLines = additive.filter((line) => /^Port /u.test(line));
  const socket = socketChanges(
    sshd,
    portLines.map((line) => Number(line.slice("Port ".length))),
  );
  changes.push(...socket);
  if (unit !== undefined && socket.length === 0 && changes.length > 0) {
    changes.push(
      change({ kind: "unit", title: `SSH: reload ${unit}`, risk: "lockout", phase: "ssh", unit, action: "reloaded" }),
    );
  }
  return changes;
};

const stateOf = ({ content, mode, owner, group }: SshdFile) => ({ content, mode, owner, group });

const titleOf = (path: string, edits: readonly Edit[]): string => {
  const name = path.split("/").at(-1) as string;
  const off = edits.length === 0 ? "" : `${edits.length} ${edits.length === 1 ? "line" : "lines"}`;
  if (path === ownDropIn) return `SSH: write ${name}`;
  if (path === mainConfig)
    return `SSH: put the same lines at the top of ${name}${off && `, switch off ${off} that would undo them`}`;
  return `SSH: switch off ${off} in ${name}`;
};

/**
 * sshd refuses to judge anything while its own directory below /run is missing: where no sshd has run yet, and behind a
 * socket whenever its service rests. There it gets a /run of its own, which nobody else sees.
 */
const sshdTest = (sshd: Sshd, ...options: readonly string[]): string[] =>
  sshd.runDirectory && listeningSocket(sshd) === undefined
    ? ["sshd", "-t", ...options]
    : ["unshare", "--mount", "sh", "-c", privateRun, "sh", ...options];

const privateRun = 'mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd && exec sshd -t "$@"';

const fill = (name: string, settings: readonly string[]): string =>
  template(name).replace("{{settings}}", () => settings.join("\n"));

/** Our own comments, which are written anew and not kept as somebody's edits. */
const isHeader = (line: string): boolean =>
  ["etc/ssh/sshd_config.d/00-drawbridge.conf", "etc/ssh/sshd_config.block"].some((name) =>
    template(name)
      .split("\n")
      .some((header) => header.startsWith("#") && header.trim() === line.trim()),
  );

/** Lines of an earlier file or block of ours that are not written anew: keywords of controls left out now, edits by hand. */
const keptLines = (text: string, written: readonly string[]): readonly string[] => {
  const ours = new Set(written.map((line) => line.split(" ")[0]?.toLowerCase()));
  const kept: string[] = [];
  let inMatch = false;
  for (const line of text.split("\n")) {
    const parsed = parseConfigLine(line);
    if (parsed?.keyword.toLowerCase() === "match") inMatch = true;
    if (line.trim() === "" || isHeader(line)) continue;
    if (parsed !== undefined && !inMatch && ours.has(parsed.keyword.toLowerCase())) continue;
    kept.push(line);
  }
  return kept;
};

const applyEdits = (file: SshdFile, edits: readonly Edit[]): string => {
  const byNumber = new Map(edits.filter(({ line }) => line.path === file.path).map((edit) => [edit.line.number, edit]));
  if (byNumber.size === 0) return file.content;
  return file.content
    .split("\n")
    .flatMap((text, index) => {
      const edit = byNumber.get(index + 1);
      return edit === undefined ? [text] : [text.replace(/^(\s*)/u, `$1${offMark}`), ...edit.instead];
    })
    .join("\n");
};

const additiveOrder = ["port", "allowgroups", "hostkey", "maxstartups"];

/** What adds up last and in one order, so that a block whose lines are all the same is the same block. */
const inOrder = (lines: readonly string[]): readonly string[] => {
  const rank = (line: string) => additiveOrder.indexOf(line.split(" ")[0]?.toLowerCase() ?? "");
  const additive = lines.filter((line) => rank(line) >= 0).toSorted((a, b) => rank(a) - rank(b));
  return [...lines.filter((line) => rank(line) < 0), ...additive];
};

/** sshd_config with our block at its very top; a block that stands elsewhere is moved there. */
const withBlock = (content: string, settings: readonly string[]): string => {
  const lines = content.split("\n");
  const bounds = blockBounds(lines);
  const old = bounds === undefined ? [] : lines.slice(bounds[0] + 1, bounds[1]);
  const rest = bounds === undefined ? lines : [...lines.slice(0, bounds[0]), ...lines.slice(bounds[1] + 1)];
  const kept = keptLines(old.join("\n"), settings);
  return `${fill("etc/ssh/sshd_config.block", inOrder([...settings, ...kept]))}${rest.join("\n")}`;
};
