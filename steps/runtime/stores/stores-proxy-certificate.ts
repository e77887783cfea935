import { rootFolder } from "../../../src/core/root-folder.ts";
import { type Change, change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { type Proxies, proxies } from "../../../src/probes/proxies.ts";
import { type ProxyPair, proxyPairs } from "../../../src/probes/proxy-certificates.ts";
import { type StoreFile, type Stores, stores } from "../../../src/probes/stores.ts";
import { defaultKey } from "../../../src/stores/default-certificates.ts";
import { forIntegration, storesKeyType, storesNamesWanted, storesSubject } from "./questions.ts";
import { placesOf } from "./repair.ts";
import { requestConfiguration } from "./request.ts";
import { evidenceOf, storeIn } from "./subjects.ts";

type Shown = ProxyPair & { readonly file: StoreFile | undefined; readonly keyFile: StoreFile | undefined };

const shownBy = (found: Stores, servers: Proxies): readonly Shown[] =>
  proxyPairs(servers).map((pair) => ({
    ...pair,
    file: found.files.find(({ path }) => path === pair.certificate),
    keyFile: found.files.find(({ path }) => path === pair.key),
  }));

const about = ({ file }: Shown): string | undefined => {
  const own = file && storeIn(file)?.entries[0]?.chain[0];
  return own && defaultKey(own);
};

/** Both files are there as plain files, so that new content can take the place of the old. */
const isReplaceable = ({ file, keyFile }: Shown): boolean =>
  file?.state?.kind === "file" && keyFile?.state?.kind === "file";

const newKey = {
  "rsa-3072": ["-newkey", "rsa:3072"],
  "ec-p256": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:named_curve"],
} as const;

const units = { nginx: "nginx.service", haproxy: "haproxy.service" } as const;

const verifies = (server: ProxyPair["server"], servers: Proxies): string[][] =>
  server === "nginx"
    ? [
        [
          "nginx",
          "-t",
          "-q",
          ...(servers.nginx?.main === "/etc/nginx/nginx.conf" ? [] : ["-c", servers.nginx?.main ?? ""]),
        ],
      ]
    : [["haproxy", "-c", "-q", ...(servers.haproxy?.files ?? []).flatMap(({ name }) => ["-f", name])]];

const replaced = (pair: Shown, servers: Proxies, found: Stores, answers: AnswerReader): readonly Change[] => {
  const { server, file, keyFile } = pair;
  if (file?.state === undefined || keyFile?.state === undefined) return [];
  const places = placesOf(server);
  const certificate = file.real;
  const key = keyFile.real;
  const common = { phase: "files" as const, risk: "none" as const };
  const names = pair.names.length > 0 ? pair.names : forIntegration(answers.get(storesNamesWanted), server);
  const state = keyFile.state;
  const { owner, group, mode } = state;
  return [
    ...(found.folders.has(places.folder) ? [] : [rootFolder(`A folder for the request of ${server}`, places.folder)]),
    change({
      kind: "file",
      ...common,
      title: `Whom the certificate of ${server} names`,
      path: places.requestConfiguration,
      before: found.texts.get(places.requestConfiguration) ?? null,
      after: {
        content: requestConfiguration(answers.get(storesSubject), names),
        mode: "0644",
        owner: "root",
        group: "root",
      },
    }),
    // Before the new key is in it: what openssl writes over keeps its mode.
    change({
      kind: "permissions",
      ...common,
      title: `Only root reads the key of ${server}`,
      path: key,
      before: { mode, owner, group },
      after: { mode: "0600", owner: "root", group: "root" },
    }),
    change({
      kind: "command",
      ...common,
      title: `A new key for ${server}, and a certificate signed by itself until the authority has answered`,
      argv: [
        ...["openssl", "req", "-x509", ...newKey[answers.get(storesKeyType)], "-nodes", "-days", "397"],
        ...["-config", places.requestConfiguration, "-keyout", key, "-out", certificate],
      ],
      touches: [...new Set([key, certificate])],
      verify: verifies(server, servers),
    }),
    change({
      kind: "command",
      ...common,
      title: `The request for your authority: ${places.request}`,
      argv: ["openssl", "req", "-new", "-config", places.requestConfiguration, "-key", key, "-out", places.request],
      touches: [places.request],
    }),
    ...((server === "nginx" ? servers.nginx : servers.haproxy)?.active === true
      ? [
          change({
            kind: "unit",
            phase: "services",
            risk: "none",
            title: `Reload ${server}: connections under way are not cut off`,
            unit: units[server],
            action: "reloaded",
          }),
        ]
      : []),
  ];
};

/** As stores-default-certificate, for what nginx and haproxy of this host show in the integration's place. */
export const storesProxyCertificate = control({
  id: "stores-proxy-certificate",
  guideline: ["RT-04"],
  title: "The proxies in front show a key of their own",
  failing: "A proxy shows a certificate whose private key everybody has",
  severity: "critical",
  risk: "none",
  rationale:
    "Clients see the proxy's certificate, not the integration's. With a key that comes with a product, whoever downloads it can read what passes and answer in the server's place.",
  references: [
    { source: "NIST 800-53", id: "SC-12" },
    { source: "NIST 800-53", id: "IA-5(e)" },
    { source: "RFC", id: "5280" },
  ],
  needs: { found: stores, servers: proxies },
  applies: ({ servers }) => proxyPairs(servers).length > 0 || "neither nginx nor haproxy serves TLS here",
  inspect: ({ found, servers }) => {
    const all = shownBy(found, servers);
    const evidence = evidenceOf(all.flatMap(({ file }) => (file === undefined ? [] : [{ file, obstacle: undefined }])));
    const problems = all.flatMap((pair) => {
      const known = about(pair);
      if (known === undefined) return [];
      const hand = isReplaceable(pair) ? "" : " (by hand: certificate or key is no plain file)";
      return [`${pair.server}: ${pair.certificate} is ${known}: everybody has the private key${hand}`];
    });
    if (problems.length > 0) return fail([...new Set(problems)].join("; "), evidence);
    const unseen = all.filter(({ file }) => (file && storeIn(file)) === undefined);
    return unseen.length > 0
      ? unknownVerdict(`${unseen.map(({ certificate }) => certificate).join(", ")} could not be read`, evidence)
      : pass(evidence);
  },
  plan: ({ found, servers }, answers) => {
    const wrong = shownBy(found, servers).filter((pair) => about(pair) !== undefined);
    // For all or for none: a finding that stays takes everything back (docs/adr/0005).
    return wrong.every(isReplaceable) ? wrong.flatMap((pair) => replaced(pair, servers, found, answers)) : [];
  },
  breaks: ({ found, servers }) =>
    shownBy(found, servers)
      .filter((pair) => about(pair) !== undefined && isReplaceable(pair))
      .map(
        ({ server }) =>
          `${server} answers with another certificate: clients that were given the present one have to be given the new one`,
      ),
});
