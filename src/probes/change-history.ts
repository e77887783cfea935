import { z } from "zod";
import { type ReadLog, readHead, readLog } from "../configuration/audit-log.ts";
import { parseJson } from "../core/parse-json.ts";
import { known, unknown } from "../model/fact.ts";
import { probe } from "../model/probe.ts";

/** Where the machine's log of changes lies: root's alone, beside the transactions. */
export const logFolder = "/var/lib/drawbridge/log";

/** What was accepted as the configuration of the integrations, where no transaction wrote it. */
export const acceptedPath = "/etc/drawbridge/configuration.json";

const hash = z.string().regex(/^[0-9a-f]{64}$/u);

export const acceptedSchema = z.strictObject({
  schemaVersion: z.literal(1),
  files: z.array(z.strictObject({ path: z.string(), sha256: hash })),
});
export type Accepted = z.infer<typeof acceptedSchema>;

/** One transaction by its own records. */
export type RecordedTransaction = {
  readonly id: string;
  /** Of docs/transaction.md; "unstaged" where nothing came of it. */
  readonly state: string;
  /** UTC, ISO 8601: when it came to that state. */
  readonly since: string;
  /** SHA-256 over its manifest and its plan, which never change. */
  readonly record: string | undefined;
  /** Regular files that it wrote or removed; `after` is null for those that went, undefined where nobody knows. */
  readonly files: readonly {
    readonly path: string;
    readonly before: string | null;
    readonly after: string | null | undefined;
  }[];
};

export type ChangeHistory = {
  readonly log: ReadLog;
  /** The log's own text: what comes next must follow exactly this. */
  readonly text: string;
  /** Oldest first. */
  readonly transactions: readonly RecordedTransaction[];
  readonly accepted:
    | {
        readonly files: Accepted["files"];
        readonly content: string;
        readonly mode: string;
        readonly owner: string;
        readonly group: string;
      }
    | undefined;
  /** A regular file stands there that is not ours to read. */
  readonly acceptedProblem: string | undefined;
};

const script = `tab=$(printf '\\t')
framed() { [ -f "$2" ] && [ ! -L "$2" ] && { printf '@%s\\n' "$1"; head -c 8388608 -- "$2" | base64; }; }
framed log ${logFolder}/changes.jsonl
framed head ${logFolder}/head.json
if [ -e ${acceptedPath} ] || [ -L ${acceptedPath} ]; then
  stat -c '@accepted %F|%a|%U|%G' -- ${acceptedPath}
  [ -f ${acceptedPath} ] && [ ! -L ${acceptedPath} ] && head -c 1048576 -- ${acceptedPath} | base64
fi
for folder in /var/lib/drawbridge/transactions/*/; do
  folder=\${folder%/}
  [ -f "$folder/manifest" ] || continue
  printf '@transaction %s\\n' "\${folder##*/}"
  { cat -- "$folder/manifest" "$folder/plan.json" | sha256sum | sed 's/ .*//; s/^/record /'; } 2>/dev/null
  sed -n "/^change$tab[0-9]*$tab\\(file\\|absent\\)$tab/p; /^require$tab/p" -- "$folder/manifest"
  [ -f "$folder/journal" ] && sed -n "/^state$tab/p; /^built$tab/p" -- "$folder/journal"
done
echo '@over'
exit 0`;

/** Everything that was changed on the machine, by the records that were made of it. */
export const changeHistory = probe<ChangeHistory>({
  id: "change-history",
  asks: "/var/lib/drawbridge: the log of changes and the records of every transaction",
  script,
  sizeLimit: 16 * 1024 * 1024,
  parse: ({ stdout, truncated }) => {
    if (truncated || !/^@over$/mu.test(stdout))
      return unknown("the records of changes are more than can be read at once");
    return known(readChangeHistory(stdout));
  },
});

/** What the probe's script prints, read. Throws where it is something else. */
export const readChangeHistory = (stdout: string): ChangeHistory => {
  let text = "";
  let head: string | undefined;
  let accepted: ChangeHistory["accepted"];
  let acceptedProblem: string | undefined;
  const transactions: RecordedTransaction[] = [];
  for (const section of stdout.split(/^@/mu).slice(1)) {
    const [title = "", ...lines] = section.split("\n");
    const decoded = () => Buffer.from(lines.join(""), "base64").toString("utf8");
    if (title === "log") text = decoded();
    else if (title === "head") head = decoded();
    else if (title.startsWith("accepted ")) {
      const [kind = "", mode = "", owner = "", group = ""] = title.slice("accepted ".length).split("|");
      const content = decoded();
      const parsed = acceptedSchema.safeParse(parseJson(content));
      if (kind.startsWith("regular") && parsed.success)
        accepted = { files: parsed.data.files, content, mode: mode.padStart(4, "0"), owner, group };
      else acceptedProblem = kind.startsWith("regular") ? "it is not as it was written" : `it is a ${kind}`;
    } else if (title.startsWith("transaction "))
      transactions.push(transactionOf(title.slice("transaction ".length), lines));
  }
  return {
    text,
    log: readLog(text, readHead(head)),
    transactions: transactions.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    accepted,
    acceptedProblem,
  };
};

const transactionOf = (id: string, lines: readonly string[]): RecordedTransaction => {
  const rows = lines.map((line) => line.split("\t"));
  const required = new Map(
    rows.filter(([word]) => word === "require").map(([, path = "", state = ""]) => [path, state] as const),
  );
  const built = new Map(rows.filter(([word]) => word === "built").map(([, number = "", sum = ""]) => [number, sum]));
  const states = rows.filter(([word]) => word === "state");
  const last = states.at(-1);
  const before = (path: string): string | null => {
    const state = required.get(path) ?? "";
    return /^[0-9a-f]{64}$/u.test(state) ? state : null;
  };
  return {
    id,
    state: last?.[1] ?? "unstaged",
    since: last?.at(-1) ?? "",
    record: /^record ([0-9a-f]{64})$/mu.exec(lines.join("\n"))?.[1],
    files: rows
      .filter(([word]) => word === "change")
      .map(([, number = "", kind, path = "", , , , sum = ""]) => ({
        path,
        before: before(path),
        after: kind === "absent" ? null : sum === "parts" ? built.get(number) : sum,
      })),
  };
};
