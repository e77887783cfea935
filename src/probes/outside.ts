import { absent, type Fact, known, unknown } from "../model/fact.ts";
import { probe } from "../model/probe.ts";

/** What a port answers from outside: nmap(1), "closed" got an answer, "filtered" got none. */
export type OutsidePort = {
  readonly transport: "tcp" | "udp";
  readonly port: number;
  readonly state: "open" | "closed" | "filtered" | "open|filtered";
};

export type OutsideScan = { readonly address: string; readonly ports: readonly OutsidePort[] };

/**
 * The machine as others see it. It cannot say that of itself: whoever asks over ssh scans it from there
 * ({@link scanFromOutside}) and puts the answer in place of this one.
 */
export const outside = probe<OutsideScan>({
  id: "outside",
  asks: "nmap -sT -Pn from the machine this program runs on",
  rights: "anyone",
  script: ":",
  parse: () => absent("nobody has looked from outside: that takes another machine with nmap on it"),
});

/** Runs a program where the scan is made from, without a shell. */
export type ScannerExec = (
  argv: readonly string[],
) => Promise<{ readonly stdout: string; readonly stderr: string; readonly exitCode: number }>;

/** TCP ports without any name look-up or ping. All 65535 of a machine that drops packets take about two minutes. `connect` scans need no rights. */
export const scanArguments = (address: string, ports = "1-65535"): readonly string[] => [
  "nmap",
  "-sT",
  "-Pn",
  "-n",
  ...(address.includes(":") ? ["-6"] : []),
  // Silence has to be waited for and asked again: on a busy line a hasty scan takes open ports for filtered ones.
  "--max-retries",
  "2",
  "--min-rtt-timeout",
  "200ms",
  "--min-parallelism",
  "100",
  "--host-timeout",
  "300s",
  "-p",
  ports,
  "-oX",
  "-",
  "--",
  address,
];

/** `nmap -oX -` of one host. Ports of a state that many share are counted there, not named, and are left out here. */
export const parseScan = (xml: string): Fact<OutsideScan> => {
  if (!/<nmaprun\b/u.test(xml)) return unknown("nmap printed no XML");
  if (!/<runstats\b[\s\S]*\bexit="success"/u.test(xml)) return unknown("nmap did not finish");
  const host = /<host\b[^>]*>([\s\S]*?)<\/host>/u.exec(xml);
  if (host === null) return unknown("nmap got no answer about the host");
  if (/\btimedout="true"/u.test(host[0])) return unknown("nmap gave up after five minutes");
  const body = host[1] as string;
  const states = ["open", "closed", "filtered", "open|filtered"];
  const ports = [...body.matchAll(/<port protocol="(tcp|udp)" portid="(\d{1,5})"><state state="([^"]+)"/gu)].map(
    ([, transport, port, state]) => {
      if (!states.includes(state as string)) throw new Error(`nmap reports a state that is not known here: ${state}`);
      return { transport, port: Number(port), state } as OutsidePort;
    },
  );
  return known({ address: /<address addr="([^"]+)"/u.exec(body)?.[1] ?? "", ports });
};

/** Looks at a machine as a stranger does. Unknown without nmap: nothing is installed for it. */
export const scanFromOutside = async (
  exec: ScannerExec,
  address: string,
  ports?: string,
): Promise<Fact<OutsideScan>> => {
  try {
    const { stdout, stderr, exitCode } = await exec(scanArguments(address, ports));
    if (exitCode !== 0) return unknown(`nmap failed: ${stderr.trim().split("\n").at(-1) || `exit code ${exitCode}`}`);
    return parseScan(stdout);
  } catch {
    return unknown("nmap is not installed here; install it to see the machine from outside");
  }
};

export type OutsideSurprise = { readonly port: OutsidePort; readonly surprise: "open" | "shut" };

/**
 * Compares with what should be seen: `open` is reached and was not expected, `shut` was expected and is not reached.
 * A port that answers "closed" is no opening, though the firewall let the packet through.
 */
export const compareOutside = (
  { ports }: OutsideScan,
  expected: readonly { readonly transport: "tcp" | "udp"; readonly low: number; readonly high: number }[],
): readonly OutsideSurprise[] => {
  const isExpected = (port: number, transport: string) =>
    expected.some((one) => one.transport === transport && one.low <= port && port <= one.high);
  const open = ports.filter(({ state }) => state === "open");
  const unexpected = open
    .filter(({ port, transport }) => !isExpected(port, transport))
    .map((port): OutsideSurprise => ({ port, surprise: "open" }));
  const shut = expected
    .filter(
      ({ low, high, transport }) =>
        low === high && transport === "tcp" && !open.some((one) => one.port === low && one.transport === transport),
    )
    .map(
      ({ low, transport }): OutsideSurprise => ({
        port: ports.find(({ port }) => port === low) ?? { transport, port: low, state: "filtered" },
        surprise: "shut",
      }),
    );
  return [...unexpected, ...shut];
};
