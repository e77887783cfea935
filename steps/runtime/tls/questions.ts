import { z } from "zod";
import { type Fact, knownValue } from "../../../src/model/fact.ts";
import { raw } from "../../../src/model/probe.ts";
import { question } from "../../../src/model/question.ts";
import { handshakes } from "../../../src/probes/handshakes.ts";
import { type Proxies, proxies } from "../../../src/probes/proxies.ts";
import { tlsSystem } from "../../../src/probes/tls-system.ts";
import { profileNames } from "../../../src/tls/guideline.ts";
import { guidelineInForce } from "./measure.ts";

export const tlsProfile = question({
  id: "tls.profile",
  kind: "select",
  label: "TLS profile",
  title: "Which clients have to be able to connect?",
  why: "The profiles are Mozilla's. Intermediate speaks TLS 1.2 and 1.3 with six forward-secret suites and serves everything of the last ten years. Modern speaks TLS 1.3 alone: right between your own services, a risk with partners whose software nobody has updated. Both refuse SSLv3, TLS 1.0 and 1.1, RC4, 3DES, CBC and static RSA.",
  schema: z.enum(profileNames),
  needs: { system: raw(tlsSystem), shaken: raw(handshakes) },
  default: () => "intermediate" as const,
  current: ({ shaken }) => {
    const found = knownValue(shaken);
    if (found === undefined) return "unknown";
    const spoken = found.listeners.filter(({ speaks }) => speaks === "tls");
    return spoken.length === 0
      ? "nothing here speaks TLS"
      : spoken.map(({ listener, protocols }) => `${listener.port}: ${protocols.join(", ") || "nothing"}`).join("; ");
  },
  choices: ({ system }) => {
    const { profiles } = guidelineInForce(knownValue(system)).guideline;
    return profileNames.map((name) => ({
      value: name,
      label: name === "modern" ? "modern: TLS 1.3 only" : "intermediate: TLS 1.2 and 1.3",
      hint: `oldest: ${profiles[name].oldestClients.slice(0, 6).join(", ")}`,
    }));
  },
});

const name = z.string().regex(/^(?=.{1,253}$)[A-Za-z0-9*](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/u, "must be a host name");

export const tlsNames = question({
  id: "tls.names",
  kind: "list",
  label: "Names clients use",
  title: "Under which names do clients reach the TLS services of this machine?",
  why: "A certificate that does not carry the name a client asked for is refused by the client, or the client has been told not to look, which is worse. The default is what nginx's servers are called; without nginx it is empty, and then only what the certificates themselves say is judged.",
  schema: z.array(name),
  needs: { servers: raw(proxies), shaken: raw(handshakes) },
  when: ({ shaken }) => knownValue(shaken)?.listeners.some(({ speaks }) => speaks === "tls") ?? true,
  default: ({ servers }) =>
    [...new Set([...(knownValue(servers)?.nginx?.names.values() ?? [])].flat())].filter(
      (one) => name.safeParse(one).success,
    ),
  describe: (value) => (value.length === 0 ? "not checked" : value.join(", ")),
});

export const tlsReviewMonths = question({
  id: "tls.review-months",
  kind: "text",
  label: "Months between reviews",
  title: "After how many months is the guideline looked at again?",
  why: "What counts as strong changes. The guideline that judges here carries its date; when it is older than this, the finding says so until a newer one is put to /etc/drawbridge/tls-guideline.json (the JSON that Mozilla publishes) or this program is updated.",
  schema: z.coerce.number().int().min(1).max(60),
  needs: {},
  default: () => 18,
  describe: (value) => `${value} months`,
});

const path = z
  .string()
  .trim()
  .regex(/^$|^\/[^\t\n\r\0"';{}]+$/u, "must be an absolute path, or empty");

/** Files for any machine are asked about where there is none; on a machine its own configuration is edited instead. */
const withoutMachine = ({ servers }: { readonly servers: Fact<Proxies> }): boolean => servers.state !== "known";

export const tlsCertificatePath = question({
  id: "tls.certificate",
  kind: "text",
  label: "Certificate for generated files",
  title: "Where will the certificate chain be?",
  why: "Only for the files that are generated: nginx reads the chain as PEM from here, haproxy expects the key in the same file.",
  schema: path,
  needs: { servers: raw(proxies) },
  when: withoutMachine,
  default: () => "/etc/ssl/private/integration.pem",
});

export const tlsUpstream = question({
  id: "tls.upstream",
  kind: "text",
  label: "Integration behind the proxy",
  title: "Where does the integration listen, for the generated proxy configuration?",
  why: "Only for the files that are generated: the proxy passes requests on to this address and port. The default is Ballerina's port on the loopback address.",
  schema: z.string().regex(/^[A-Za-z0-9.:[\]-]+:\d{1,5}$/u, "must be ADDRESS:PORT"),
  needs: { servers: raw(proxies) },
  when: withoutMachine,
  default: () => "127.0.0.1:9090",
});

export const questions = [tlsProfile, tlsNames, tlsReviewMonths, tlsCertificatePath, tlsUpstream];
