import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { type ForwardingFile, forwarding, forwardingFiles, pathsOf } from "../../../src/probes/forwarding.ts";

const day = 86_400;
/** Days before the end that it is said. */
const notice = 30;

const date = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10);

/** A list of many authorities is the distribution's to keep; one's own is looked at. */
const ends = (file: ForwardingFile): number | undefined =>
  file.count > 20 || file.certificates.length === 0
    ? undefined
    : Math.min(...file.certificates.map(({ notAfter }) => notAfter));

/** RFC 5280 validity; the key's file mode. */
export const certificates = control({
  id: "forwarding-certificates",
  guideline: ["OS-07"],
  title: "The certificates of log forwarding are valid, and its key is closed",
  failing: "A certificate of log forwarding ends, or its key lies open",
  severity: "medium",
  risk: "none",
  rationale:
    "On the day after a certificate ends no record arrives any more, and the queue fills. Whoever reads the key can send records in this machine's name.",
  references: [
    { source: "NIST 800-53", id: "AU-9(3)" },
    { source: "RFC", id: "5280" },
  ],
  needs: { seen: forwarding, files: forwardingFiles },
  applies: ({ seen }) => pathsOf(seen).some((path) => path.encrypted) || "no log leaves this machine over TLS",
  inspect: ({ seen, files }) => {
    const paths = pathsOf(seen).filter((path) => path.encrypted);
    const named = [...new Set(paths.flatMap(({ authority, certificate }) => [authority, certificate]))].filter(
      (path) => path !== undefined,
    );
    const keys = [...new Set(paths.map(({ key }) => key))].filter((path) => path !== undefined);
    const problems = [
      ...named.flatMap((path) => {
        const file = files.get(path);
        if (file === undefined || file === null) return [`${path} is missing`];
        if (file.count === 0) return [`${path} holds no certificate`];
        const end = ends(file);
        if (end === undefined || end - seen.now > notice * day) return [];
        return [end <= seen.now ? `${path} ended on ${date(end)}` : `${path} ends on ${date(end)}`];
      }),
      ...keys.flatMap((path) => {
        const file = files.get(path);
        if (file === undefined || file === null) return [`${path} is missing`];
        return (Number.parseInt(file.mode, 8) & 0o007) === 0 ? [] : [`${path} can be read by everybody (${file.mode})`];
      }),
    ];
    const evidence = [
      {
        asked: "stat and openssl x509 -enddate of the files that log forwarding names",
        answered: [...named, ...keys]
          .map((path) => {
            const file = files.get(path);
            const end = file ? ends(file) : undefined;
            return !file
              ? `${path}: missing`
              : `${path}: ${file.mode} ${file.owner}:${file.group}${file.count > 20 ? `, ${file.count} authorities` : end === undefined ? "" : `, until ${date(end)}`}`;
          })
          .join("\n"),
      },
    ];
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: () => [],
});
