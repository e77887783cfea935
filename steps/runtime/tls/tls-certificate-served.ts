import { control } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import type { ListenerSurvey } from "../../../src/probes/handshakes.ts";
import type { Certificate } from "../../../src/stores/certificate.ts";
import { defaultKey } from "../../../src/stores/default-certificates.ts";
import { hasTls, nameOf, tlsListeners, tlsNeeds } from "./measure.ts";
import { covers } from "./names.ts";
import { tlsNames } from "./questions.ts";

const day = 86_400;
const date = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10);

/** What is wrong with a certificate that is served, worst first. */
export const certificateProblems = (
  certificate: Certificate,
  now: number,
  names: readonly string[],
): readonly string[] => {
  const known = defaultKey(certificate);
  const { key, signature, notAfter, notBefore } = certificate;
  const missing = names.filter((name) => !covers(certificate, name));
  return [
    ...(known === undefined ? [] : [`its private key is public: ${known}`]),
    ...(now > notAfter ? [`it expired on ${date(notAfter)}`] : []),
    ...(now < notBefore ? [`it is valid only from ${date(notBefore)} on`] : []),
    ...(now <= notAfter && notAfter - now < 14 * day ? [`it expires on ${date(notAfter)}, in less than 14 days`] : []),
    ...(key.type === "rsa" && key.bits < 2048 ? [`its RSA key has ${key.bits} bits, fewer than 2048`] : []),
    ...(signature.digest === "sha1" || signature.digest === "md5" ? [`it is signed with ${signature.name}`] : []),
    ...(missing.length > 0 ? [`it does not name ${missing.join(", ")}`] : []),
  ];
};

/** Names that clients use with this listener: for nginx those of its servers on that port. */
const namesFor = (
  survey: ListenerSurvey,
  proxies: ReadonlyMap<number, readonly string[]> | undefined,
  all: readonly string[],
) =>
  survey.server === "nginx"
    ? (proxies?.get(survey.listener.port) ?? []).slice(0, 1).filter((name) => all.includes(name))
    : [];

/** RFC 5280, RFC 6125; the certificate as clients get it, not as it lies on disk. */
export const tlsCertificateServed = control({
  id: "tls-certificate-served",
  guideline: ["RT-04", "RT-09"],
  title: "TLS services show a certificate of their own that is valid",
  failing: "A TLS service shows a certificate that proves nothing",
  severity: "critical",
  risk: "none",
  rationale:
    "The key of a default certificate is in everybody's hands: whoever has it can read and change what clients send. An expired or misnamed certificate trains people to click warnings away. What counts is what is served, which is looked at here.",
  references: [
    { source: "RFC", id: "5280" },
    { source: "RFC", id: "6125" },
    { source: "NIST 800-53", id: "SC-17" },
    { source: "Lynis", id: "CRYP-7902" },
  ],
  needs: tlsNeeds,
  applies: ({ shaken }) => hasTls(shaken),
  inspect: ({ shaken, servers }, answers) => {
    const surveys = tlsListeners(shaken);
    const all = answers.get(tlsNames);
    const byPort = servers.state === "known" ? servers.value.nginx?.names : undefined;
    const evidence = surveys.map((survey) => {
      const [own] = survey.chain;
      return {
        asked: `the certificate that ${nameOf(survey)} shows`,
        answered:
          own === undefined
            ? "none could be read"
            : `${own.subject}, by ${own.selfSigned ? "itself" : own.issuer}, until ${date(own.notAfter)}, for ${own.names.join(", ") || "no name"}, SHA-256 ${own.sha256}`,
      };
    });
    const problems = surveys.flatMap((survey) => {
      const [own] = survey.chain;
      if (own === undefined) return [];
      const wrong = certificateProblems(own, shaken.now, namesFor(survey, byPort, all));
      return wrong.length === 0 ? [] : [`${nameOf(survey)}: ${wrong.join(", ")}`];
    });
    // A name has to be carried by one of the services that anybody can reach, not by each of them.
    const open = surveys.filter(({ server, chain }) => server !== "nginx" && chain.length > 0);
    const lost =
      open.length === 0
        ? []
        : all.filter(
            (name) =>
              ![...(byPort?.values() ?? [])].flat().includes(name) &&
              !surveys.some(({ chain: [own] }) => own !== undefined && covers(own, name)),
          );
    if (lost.length > 0) problems.push(`no certificate that is served here names ${lost.join(", ")}`);
    if (problems.length > 0) return fail(`${problems.join("; ")}. The key stores' step makes new ones`, evidence);
    const unread = surveys.filter(({ chain }) => chain.length === 0);
    return unread.length > 0
      ? unknownVerdict(`the certificate of ${unread.map(nameOf).join(", ")} could not be read`, evidence)
      : pass(evidence);
  },
  plan: () => [],
});
