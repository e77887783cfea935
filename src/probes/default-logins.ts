import { parseJson } from "../core/parse-json.ts";
import { type Fact, known, knownValue } from "../model/fact.ts";
import { answersFileSchema } from "../model/plan.ts";
import { askable, followUp, questionLine, raw } from "../model/probe.ts";
import { givenAnswers } from "./given-answers.ts";
import { type Listener, listeners } from "./listeners.ts";
import { recordedAnswers } from "./machine.ts";

/** Id of the question whose yes lets this probe log in anywhere: nothing is tried without it. */
export const tryLoginsQuestion = "defaults.try-logins";

/** A console that came with an account everybody knows. */
type Console = {
  readonly what: string;
  readonly port: number;
  readonly schemes: readonly ("http" | "https")[];
  readonly path: string;
  /** How it takes the account: basic authentication, a JSON document, a form. */
  readonly method: "basic" | "json" | "form";
  readonly accounts: readonly (readonly [user: string, password: string])[];
};

/** Documented first accounts of the Integration Control Plane and of what stands beside it (facts of their quick starts). */
const consoles: readonly Console[] = [
  {
    what: "Integration Control Plane",
    port: 9446,
    schemes: ["https"],
    path: "/auth/login",
    method: "json",
    accounts: [["admin", "admin"]],
  },
  {
    what: "Integration Control Plane 1 dashboard",
    port: 9743,
    schemes: ["https"],
    path: "/dashboard/api/login",
    method: "form",
    accounts: [["admin", "admin"]],
  },
  {
    what: "management service of an integration",
    port: 9264,
    schemes: ["https"],
    path: "/management/login",
    method: "basic",
    accounts: [["bal_admin", "bal_secret"]],
  },
  {
    what: "OpenSearch",
    port: 9200,
    schemes: ["https", "http"],
    path: "/",
    method: "basic",
    accounts: [
      ["admin", "admin"],
      ["admin", "Ballerina@123"],
    ],
  },
  {
    what: "Grafana",
    port: 3000,
    schemes: ["http", "https"],
    path: "/api/org",
    method: "basic",
    accounts: [["admin", "admin"]],
  },
];

export type LoginAttempt = {
  readonly what: string;
  readonly url: string;
  readonly user: string;
  /** 000: no answer. */
  readonly status: string;
};

export type DefaultLogins = {
  /** Nobody has asked for it: nothing was tried. */
  readonly tried: boolean;
  readonly attempts: readonly LoginAttempt[];
  /** Nothing here can try (curl is missing). */
  readonly unable: string | undefined;
};

/**
 * One login per account and console, from the machine to itself. Names and passwords travel on standard input, also to
 * curl, so that no process list shows them. A page that wants no password at all answers 200 too: it is asked first
 * without one.
 */
const script = `command -v curl >/dev/null 2>&1 || { echo '@unable curl is not installed'; exit 0; }
tab=$(printf '\\t')
ask() { curl -sS -k --noproxy '*' -o /dev/null -w '%{http_code}' --connect-timeout 2 --max-time 6 -K - 2>/dev/null; }
while IFS=$tab read -r what method url user password; do
  [ -n "$url" ] || continue
  case $method in
    json) said=$(printf 'url = "%s"\\nheader = "Content-Type: application/json"\\ndata = "{\\\\"username\\\\":\\\\"%s\\\\",\\\\"password\\\\":\\\\"%s\\\\"}"\\n' "$url" "$user" "$password" | ask) ;;
    form) said=$(printf 'url = "%s"\\ndata-urlencode = "username=%s"\\ndata-urlencode = "password=%s"\\n' "$url" "$user" "$password" | ask) ;;
    *)
      said=$(printf 'url = "%s"\\n' "$url" | ask)
      [ "$said" = 200 ] || said=$(printf 'url = "%s"\\nuser = "%s:%s"\\n' "$url" "$user" "$password" | ask) ;;
  esac
  printf '%s\\t%s\\t%s\\t%s\\n' "$what" "$url" "$user" "$said"
done
exit 0`;

/** Where a listener is reached from its own machine. */
const hostOf = ({ address, families }: Listener): string => {
  const any = address === "0.0.0.0" || address === "::" || address === "*";
  if (any) return families.includes(4) ? "127.0.0.1" : "[::1]";
  return address.includes(":") ? `[${address}]` : address;
};

const wantsLogins = (
  recorded: Fact<{ readonly content: string }>,
  given: Readonly<Record<string, unknown>>,
): boolean => {
  if (tryLoginsQuestion in given) return given[tryLoginsQuestion] === true;
  const file = answersFileSchema.safeParse(parseJson(knownValue(recorded)?.content ?? ""));
  return file.success && file.data.answers[tryLoginsQuestion] === true;
};

export const loginLines = (sockets: readonly Listener[]): readonly string[] =>
  consoles.flatMap(({ what, port, schemes, path, method, accounts }) => {
    const listener = sockets.find((one) => one.transport === "tcp" && one.port === port);
    if (listener === undefined || !askable(listener.address)) return [];
    return schemes.flatMap((scheme) =>
      accounts.map(([user, password]) =>
        questionLine(what, method, `${scheme}://${hostOf(listener)}:${port}${path}`, user, password),
      ),
    );
  });

/** Whether consoles take the account that everybody knows. Only when somebody said yes to it. */
export const defaultLogins = followUp({
  id: "default-logins",
  asks: "curl -K - at each console, from the machine itself, with its documented first account",
  follows: { recorded: raw(recordedAnswers), given: givenAnswers, sockets: listeners },
  script,
  timeLimit: 60,
  input: ({ recorded, given, sockets }) => {
    if (!wantsLogins(recorded, given)) return undefined;
    const lines = loginLines(sockets);
    return lines.length === 0 ? undefined : lines.join("");
  },
  parse: ({ stdout }, { recorded, given }) => {
    const tried = wantsLogins(recorded, given);
    const unable = /^@unable (.*)$/mu.exec(stdout)?.[1];
    const attempts = stdout.split("\n").flatMap((line) => {
      const [what = "", url = "", user = "", status = ""] = line.split("\t");
      return /^\d{3}$/u.test(status) ? [{ what, url, user, status }] : [];
    });
    return known<DefaultLogins>({ tried, attempts, unable });
  },
});
