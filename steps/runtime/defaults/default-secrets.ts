import { control, fragment } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import type { Integration, Setting } from "../../../src/model/integration.ts";
import { type Dashboard, dashboards } from "../../../src/probes/dashboards.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { linked, packageOfMainClass } from "../../../src/workload/modules.ts";
import { type ConfigurationEdit, configurationEdits, configurationObstacle } from "../configuration.ts";

/** Names of variables that sign logins and calls, with the value that is published with the program (its config.bal). */
const published = "default-secret-key-at-least-32-characters-long-for-hs256";
const signing = [
  "frontendJwtHMACSecret",
  "userServiceJwtHMACSecret",
  "observabilityJwtHMACSecret",
  "defaultJwtHMACSecret",
];

/** Bytes of randomness of a new one: more than HMAC-SHA-256 can use. */
const bytes = 48;

/** Names of random texts are lower-case letters, digits and dashes. */
const randomName = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, "-")
    .slice(0, 64);

type Found = {
  readonly id: string;
  readonly name: string;
  /** Table and key, where it can be written. */
  readonly path: readonly string[] | undefined;
  /** undefined: it can be replaced from here. */
  readonly otherwise: string | undefined;
};

const named = ({ configuration }: Integration, name: string): Setting | undefined =>
  configuration.settings.find(({ path }) => path.at(-1) === name);

/** Variables of the program's own package, as far as the JAR names them. */
const ownVariables = (integration: Integration): readonly string[] => {
  const own = packageOfMainClass(integration.jar?.mainClass);
  return (own && linked(integration, `${own.organisation}/${own.name}`)?.configurables) ?? [];
};

const controlPlane = (integration: Integration): readonly Found[] => {
  const { id } = integration;
  const obstacle = configurationObstacle(integration);
  const variables = ownVariables(integration);
  const external = named(integration, "authBackendUrl") !== undefined;
  const found = signing.flatMap((name): Found[] => {
    const setting = named(integration, name);
    const exists = setting !== undefined || variables.includes(name);
    if (!exists || (setting !== undefined && setting.value !== published)) return [];
    const fixed =
      setting !== undefined && setting.source.kind !== "file" ? `it is given by ${setting.source.kind}` : obstacle;
    const shared =
      name === "userServiceJwtHMACSecret" && external
        ? "another server checks logins and needs the same one"
        : undefined;
    return [{ id, name, path: setting?.path ?? [name], otherwise: fixed ?? shared }];
  });
  const search = named(integration, "opensearchPassword");
  const searches = search !== undefined || variables.includes("opensearchPassword");
  return [
    ...found,
    ...(searches && (search === undefined || search.value === "Ballerina@123")
      ? [
          {
            id,
            name: "opensearchPassword",
            path: undefined,
            otherwise: "change the account in OpenSearch first, then name it here",
          },
        ]
      : []),
  ];
};

/** The account with which a dashboard of version 1 manages an integration. */
const dashboardAccount = (integration: Integration): readonly Found[] => {
  if (linked(integration, "ballerinax/wso2.controlplane") === undefined) return [];
  const configured = integration.configuration.settings.filter(({ key }) =>
    key.startsWith("ballerinax.wso2.controlplane.dashboard."),
  );
  const password = configured.find(({ path }) => path.at(-1) === "serviceAccountPassword");
  if (configured.length === 0 || (password !== undefined && password.value !== "bal_secret")) return [];
  return [
    {
      id: integration.id,
      name: "ballerinax.wso2.controlplane.dashboard.serviceAccountPassword",
      path: undefined,
      otherwise: "choose an account of its own, and tell the dashboard the same",
    },
  ];
};

const foundIn = (integration: Integration): readonly Found[] => [
  ...(integration.kind === "icp" ? controlPlane(integration) : []),
  ...dashboardAccount(integration),
];

/** A dashboard of version 1 keeps them in a file of its own; the programs that report to it have to know some of them. */
const dashboardSecrets = ({ path, published }: Dashboard): readonly Found[] =>
  published.map((table) => ({
    id: path,
    name: table,
    path: undefined,
    otherwise: /store$/u.test(table)
      ? "make a store with another password"
      : "change it there, and wherever the account is used",
  }));

/** Integration Control Plane: whoever knows the signing key writes himself a login. */
export const defaultSecrets = control({
  id: "default-secrets",
  guideline: ["RT-06", "RT-05"],
  title: "No secret is the one that was published with the program",
  failing: "Secrets are the ones that were published with the program",
  severity: "critical",
  risk: "restart",
  rationale:
    "The Integration Control Plane signs its logins with keys that everybody can read in its source until others are configured: with them anyone makes himself an administrator. New ones are made on this machine at random; whoever is logged in has to log in again. Accounts that another server knows too have to be changed in both places, so they are only named.",
  references: [
    { source: "NIST 800-53", id: "IA-5(5)" },
    { source: "NIST 800-53", id: "SC-12" },
  ],
  needs: { here: integrations, dashboards },
  applies: ({ here, dashboards }) =>
    dashboards.length > 0 ||
    here.integrations.some((one) => one.kind === "icp" || linked(one, "ballerinax/wso2.controlplane") !== undefined) ||
    "neither an Integration Control Plane nor a program that it manages by its own account is here",
  inspect: ({ here, dashboards }) => {
    const found = [...here.integrations.flatMap(foundIn), ...dashboards.flatMap(dashboardSecrets)];
    const evidence = [
      {
        asked: "effective configuration against the values that are published with the program (never shown)",
        answered:
          found.map(({ id, name }) => `${id}: ${name} is the published one`).join("; ") || "none is a published one",
      },
    ];
    if (found.length === 0) return pass(evidence);
    return fail(
      found
        .map(({ id, name, otherwise }) => `${id}: ${name}${otherwise === undefined ? "" : ` (${otherwise})`}`)
        .join("; "),
      evidence,
    );
  },
  plan: ({ here }) =>
    here.integrations.flatMap((integration) => {
      const edits: ConfigurationEdit[] = foundIn(integration).flatMap(({ id, name, path, otherwise }) =>
        path === undefined || otherwise !== undefined
          ? []
          : [{ set: path, random: randomName(`${name}-${id}`), bytes }],
      );
      return edits.length === 0 ? [] : [fragment(configurationEdits, { integration: integration.id, edits })];
    }),
  breaks: ({ here }) =>
    here.integrations
      .filter((one) => foundIn(one).some(({ otherwise }) => otherwise === undefined))
      .map(({ id }) => `everybody who is logged in to ${id} has to log in again`),
});
