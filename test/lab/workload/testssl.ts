/** What testssl.sh says about a TLS listener. Takes one to two minutes. */
import type { Server } from "../harness/index.ts";

export type TestsslVerdict = {
  /** `A+` to `F`, `T` for a certificate that nobody vouches for, `M` for a wrong name. */
  grade: string;
  /** Findings above LOW, `MEDIUM id: finding`. */
  complaints: readonly string[];
};

type Finding = { readonly id: string; readonly severity: string; readonly finding: string };

/**
 * Asks from a server of the flavour `scanner`. `ignored`: ids that say something about the lab and not about the listener, such as
 * the trust of a certificate that the test made. A grade that such an id caps is not comparable; see {@link Finding}s instead.
 */
export async function testssl(
  scanner: Server,
  target: string,
  ignored: readonly RegExp[] = [],
): Promise<TestsslVerdict> {
  const report = "/root/testssl.json";
  await scanner.must(["rm", "-f", report]);
  const words = [
    "testssl",
    "--quiet",
    "--color",
    "0",
    "--warnings",
    "off",
    "--nodns",
    "none",
    "--jsonfile",
    report,
    target,
  ];
  // Its exit code counts findings; the report says whether it ran to its end.
  const { stdout, stderr } = await scanner.exec(words, { timeoutMs: 400_000 });
  const text = await scanner.readFile(report).catch(() => "");
  if (text === "") throw new Error(`testssl of ${target} left no report: ${(stderr || stdout).trim().slice(-400)}`);
  const findings = JSON.parse(text) as Finding[];
  const severe = ["MEDIUM", "HIGH", "CRITICAL", "FATAL"];
  return {
    grade: findings.find(({ id }) => id === "overall_grade")?.finding ?? "none",
    complaints: findings
      .filter(({ id, severity }) => severe.includes(severity) && !ignored.some((pattern) => pattern.test(id)))
      .map(({ id, severity, finding }) => `${severity} ${id}: ${finding}`),
  };
}
