import type { LogFile } from "../../../src/model/integration.ts";
import { readUnitFile } from "../../../src/systemd/unit-file.ts";
import type { Served } from "../jvm/served.ts";

/** `append:/path`, `file:/path`, `truncate:/path` of StandardOutput= and StandardError= (systemd.exec(5)): show(1) hides the path. */
const redirected = ({ unit }: Served): readonly Omit<LogFile, "stat">[] => {
  const last = new Map<string, string>();
  for (const { section, name, value } of unit.files.flatMap(({ content }) => readUnitFile(content))) {
    if (section === "Service" && (name === "StandardOutput" || name === "StandardError")) last.set(name, value);
  }
  return [...last].flatMap(([from, value]) => {
    const path = /^(?:append|file|truncate):(\/.+)$/u.exec(value)?.[1];
    return path === undefined || path.includes("%") ? [] : [{ path, from }];
  });
};

/** What it holds open and is called a log. */
const open = ({ unit }: Served): readonly Omit<LogFile, "stat">[] =>
  (unit.process?.writes ?? [])
    .filter((path) => /\.log$/u.test(path))
    .map((path) => ({ path, from: "open for writing" }));

/** Log files of an integration, by its settings, its options, its unit and what it holds open, each once. */
export const logFilesOf = (each: Served): readonly LogFile[] => {
  const states = new Map((each.unit.process?.written ?? []).map((state) => [state.path, state]));
  const files = new Map<string, LogFile>();
  for (const file of [...each.integration.logFiles, ...redirected(each), ...open(each)]) {
    const earlier = files.get(file.path);
    const stat = earlier?.stat ?? ("stat" in file ? (file as LogFile).stat : undefined) ?? states.get(file.path);
    files.set(file.path, { path: file.path, from: earlier?.from ?? file.from, stat });
  }
  return [...files.values()];
};
