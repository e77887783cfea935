import type { Server } from "./harness/index.ts";

export type TestsslFinding = { readonly id: string; readonly severity: string; readonly finding: string };

/** On the judge's own disk; Debian 13 packages 3.2, the first that grades. */
export const installTestssl = (judge: Server): Promise<string> =>
  judge.must(
    [
      "sh",
      "-euc",
      "apt-get update --quiet && apt-get install --yes --quiet --no-install-recommends testssl.sh bsdextrautils",
    ],
    {
      timeoutMs: 300_000,
    },
  );

/** What testssl.sh says about a service, as its JSON has it. `options`: "-p", "-E" … nothing for everything. */
export const testssl = async (
  judge: Server,
  address: string,
  port: number,
  options: readonly string[] = [],
): Promise<readonly TestsslFinding[]> => {
  const file = `/tmp/testssl-${address}-${port}.json`;
  await judge.must(["rm", "-f", file]);
  const argv = ["testssl", "--quiet", "--color", "0", "--nodns=min", "--add-ca", "/root/ca.pem", "--ip", address];
  await judge.exec(["env", "TERM=dumb", ...argv, ...options, "--jsonfile", file, `orders.example:${port}`], {
    timeoutMs: 900_000,
  });
  return JSON.parse(await judge.readFile(file)) as readonly TestsslFinding[];
};

const protocols: Readonly<Record<string, string>> = {
  SSLv3: "SSLv3",
  TLS1: "TLSv1",
  TLS1_1: "TLSv1.1",
  TLS1_2: "TLSv1.2",
  TLS1_3: "TLSv1.3",
};

/** Protocols that it says are offered, with the code points of their suites in order of number. */
export const offered = (findings: readonly TestsslFinding[]): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    Object.entries(protocols).flatMap(([id, protocol]) => {
      const found = findings.find((one) => one.id === id);
      if (found === undefined || !/^offered/u.test(found.finding)) return [];
      const prefix = `cipher-${id.toLowerCase().replace("sslv3", "ssl3")}_x`;
      const codes = findings.flatMap((one) => (one.id.startsWith(prefix) ? [one.id.slice(prefix.length)] : []));
      return [[protocol, codes.map((code) => code.padStart(4, "0")).sort()] as const];
    }),
  );
