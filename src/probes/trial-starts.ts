import { known, unknown } from "../model/fact.ts";
import type { Integration } from "../model/integration.ts";
import { askable, followUp, questionLine } from "../model/probe.ts";
import { maskText } from "../workload/secrecy.ts";
import { givenAnswers } from "./given-answers.ts";
import { integrations } from "./integrations.ts";

export const trialQuestion = "schema.trial";

export type Trial = {
  /** `runs`: it still ran when it was stopped. `refused`: it ended over its configuration. `ended`: over something else. */
  readonly state: "runs" | "refused" | "ended" | "impossible";
  /** Its own words, without secrets; or why it could not be tried. */
  readonly said: string;
};

export type TrialStarts = {
  /** Nobody asked for it: nothing was started. */
  readonly asked: boolean;
  readonly trials: ReadonlyMap<string, Trial>;
};

/** Seconds that a program is let run; those that are tried, at most. */
const patience = 15;
const most = 3;

/**
 * Starts the program of a running service a second time, as a unit that systemd throws away: with its account, its folder and its environment,
 * but without any network (so neither its port nor anybody it calls is touched), with everything read-only, and for seconds.
 * The environment goes in on standard input, because arguments can be seen by everybody. systemd reads `$$` as `$`.
 */
const script = `tab=$(printf '\\t')
command -v systemd-run >/dev/null || { echo '@none'; exit 0; }
while IFS= read -r line; do
  old=$IFS; IFS=$tab; set -f; set -- $line; IFS=$old; set +f
  id=$1 pid=$2 user=$3 group=$4 folder=$5 unit=$6; shift 6
  printf '@trial %s\\n' "$id"
  [ -r "/proc/$pid/environ" ] || { echo gone; continue; }
  credential=/run/credentials/$unit/secrets.toml
  [ -e "$credential" ] || credential=
  { tr '\\n\\0' '\\001\\n' <"/proc/$pid/environ" |
    systemd-run --wait --pipe --collect -p User="$user" -p Group="$group" -p WorkingDirectory="$folder" \\
      -p PrivateNetwork=yes -p PrivateTmp=yes -p ProtectSystem=strict -p ProtectHome=read-only -p NoNewPrivileges=yes \\
      -p RuntimeMaxSec=${patience} -p TimeoutStopSec=2 \${credential:+-p "LoadCredential=secrets.toml:$credential"} \\
      -- /bin/sh -c '
unit=$$1; shift
own=/run/credentials/$$unit
while IFS= read -r line; do
  case $$line in
    "" | [!A-Za-z_]* | CREDENTIALS_DIRECTORY=* | INVOCATION_ID=* | JOURNAL_STREAM=* | NOTIFY_SOCKET=* | LISTEN_* | SYSTEMD_* | MAINPID=*) continue ;;
  esac
  case $$line in
    *"$$own"/*) line=$\${line%%"$$own"/*}$$CREDENTIALS_DIRECTORY/$\${line#*"$$own"/} ;;
  esac
  case $\${line%%=*} in *[!A-Za-z0-9_]*) continue ;; esac
  export "$$line"
done
exec "$$@" </dev/null' sh "$unit" "$@" 2>&1
  } | sed -n '/^error/p; /^Finished with result/p; /^Main processes terminated/p; /^Error: /p; /^Exception in thread/p; /^Failed to/p' | cut -c 1-400 | tail -n 20
done
exit 0`;

const asksFor = (given: Readonly<Record<string, unknown>>): boolean => given[trialQuestion] === true;

const words = ({ commandLine }: Integration): readonly string[] | undefined =>
  commandLine.length > 0 && commandLine.every((word) => word !== "" && askable(word)) ? commandLine : undefined;

/** Why a program cannot be started a second time, in words. */
const obstacle = (integration: Integration): string | undefined => {
  const { unit, pid, container } = integration;
  if (container) return "it runs in a container";
  if (unit === undefined || pid === undefined) return "it does not run as a service now";
  if (unit.dynamicUser) return "its account is made anew at every start";
  if (words(integration) === undefined) return "its command line cannot be repeated";
  return undefined;
};

export const trialStarts = followUp<
  TrialStarts,
  { readonly here: typeof integrations; readonly given: typeof givenAnswers }
>({
  id: "trial-starts",
  asks: `systemd-run with the account, folder and environment of each service, without network, for ${patience} s (only on request)`,
  follows: { here: integrations, given: givenAnswers },
  timeLimit: 60,
  input: ({ here, given }) => {
    if (!asksFor(given)) return undefined;
    const lines = here.integrations
      .filter((integration) => obstacle(integration) === undefined)
      .slice(0, most)
      .map((integration) => {
        const { id, pid, user, unit, workingDirectory } = integration;
        const group = unit?.group ?? user;
        return questionLine(
          id,
          String(pid),
          user,
          group,
          workingDirectory,
          unit?.name ?? "",
          ...(words(integration) ?? []).map((word) => word.replaceAll("$", () => "$$")),
        );
      });
    return lines.join("") || undefined;
  },
  script,
  parse: ({ stdout }, { here, given }) => {
    if (!asksFor(given)) return known({ asked: false, trials: new Map() });
    if (/^@none$/mu.test(stdout)) return unknown("there is no systemd-run to try a start with");
    const tried = new Map(
      stdout.split(/^@trial /mu).map((section) => {
        const [id = "", ...lines] = section.split("\n");
        return [id, lines.filter((line) => line !== "")] as const;
      }),
    );
    const trials = here.integrations.map((integration): readonly [string, Trial] => {
      const why = obstacle(integration);
      if (why !== undefined) return [integration.id, { state: "impossible", said: why }];
      const lines = tried.get(integration.id);
      if (lines === undefined) return [integration.id, { state: "impossible", said: `only ${most} are tried at once` }];
      return [integration.id, readTrial(lines)];
    });
    return known({ asked: true, trials: new Map(trials) });
  },
});

/** What Ballerina says when it does not accept its configuration. */
const aboutConfiguration =
  /unused (?:configuration value|command line argument|environment variable)|value not provided for required|configurable variable|Config\.toml|configuration (?:value|file)/iu;

/** The lines that were kept of one trial. */
export const readTrial = (lines: readonly string[]): Trial => {
  const errors = lines.filter((line) => /^(?:error|Error: |Exception in thread|Failed to)/u.test(line));
  const said = maskText(errors.join("; ").replace(/(\[[A-Za-z0-9_.]+)=[^\]]*\]/gu, "$1=…]")).slice(0, 400);
  if (errors.some((line) => aboutConfiguration.test(line))) return { state: "refused", said };
  if (lines.some((line) => /^Finished with result: timeout/u.test(line)))
    return { state: "runs", said: `it still ran after ${patience} s` };
  if (lines.includes("gone")) return { state: "impossible", said: "its process ended before it could be looked at" };
  return { state: "ended", said: said || lines.join("; ").slice(0, 200) || "it ended and said nothing" };
};
