import type { Server } from "./harness/index.ts";

export type TestsslFinding = { readonly id: string; readonly severity: string; readonly finding: string };

/**
 * What testssl.sh on a server of the flavour `scanner` says about a service, finding by finding, with the authority in its
 * /root/ca.pem believed. `options`: "-p", "-E" … nothing for everything.
 */
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
