import { PlanConflict, sha256 } from "../../../src/core/assemble-plan.ts";
import { integrationsFolder, rootFolder } from "../../../src/core/root-folder.ts";
import type { Change } from "../../../src/model/change.ts";
import type { Integration } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import {
  credentialFile,
  credentialsFolder,
  encryptedFolder,
  givenCredential,
  type SecretFile,
  type SecretPlaces,
  secretsFile,
} from "../../../src/probes/secret-places.ts";
import { serviceUserName, serviceUserUnit } from "../../os/service-user/questions.ts";
import { secretsPlace } from "./questions.ts";

/** Where a program's secrets live, or will. */
export type SecretPlace = {
  readonly kind: "file" | "credential";
  /** A credential that lies on the disk encrypted: docs/adr/0013. */
  readonly encrypted: boolean;
  /** As BAL_CONFIG_FILES of the running program says it. */
  readonly effective: string;
  /** Where it is written. */
  readonly source: string;
  /** For the unit: `{{credentials}}` is the folder of its credentials. */
  readonly listed: string;
  /** What stands at `source` now. */
  readonly file: SecretFile | undefined;
  readonly attributes: { readonly mode: string; readonly owner: string; readonly group: string };
  /** Makes the folder, where it is missing. */
  readonly folder: readonly Change[];
};

/** Name of the credential inside the service. */
export const credentialName = "secrets.toml";

export const credentialPath = (unit: string): string => givenCredential(unit, credentialName);

/** The place that is in use already, else the one that was answered. */
export const secretPlaceOf = (integration: Integration, places: SecretPlaces, answers: AnswerReader): SecretPlace => {
  const { id, unit, configuration } = integration;
  const used = (path: string) => configuration.files.some((file) => file.path === path);
  const given = unit !== undefined && used(credentialPath(unit.name));
  const asCredential =
    unit !== undefined && (given || (!used(secretsFile(id)) && answers.get(secretsPlace) !== "file"));
  if (asCredential) {
    const encrypted = given
      ? !places.files.has(credentialFile(id, false, credentialName))
      : answers.get(secretsPlace) === "encrypted";
    const source = credentialFile(id, encrypted, credentialName);
    return {
      kind: "credential",
      encrypted,
      effective: credentialPath(unit.name),
      source,
      listed: `{{credentials}}/${credentialName}`,
      file: places.files.get(source),
      attributes: { mode: "0600", owner: "root", group: "root" },
      folder: credentialFolder(places, encrypted),
    };
  }
  const source = secretsFile(id);
  return {
    kind: "file",
    encrypted: false,
    effective: source,
    source,
    listed: source,
    file: places.files.get(source),
    attributes: { mode: "0640", owner: "root", group: readingGroup(integration, answers) },
    folder: missingFolder(places, integrationsFolder),
  };
};

/** The group that the program runs with: a service of root's is about to get an account, whose group is named like it. */
export const readingGroup = ({ unit, user }: Integration, answers: AnswerReader): string => {
  if (unit?.user === "root" && answers.get(serviceUserUnit).includes(unit.name)) {
    return answers.get(serviceUserName) || unit.group;
  }
  return unit?.group ?? user;
};

export const missingFolder = (places: SecretPlaces, folder: typeof integrationsFolder): readonly Change[] =>
  places.folders.has(folder.path) ? [] : [folder];

const rootsAlone = { mode: "0700" } as const;

/** Makes the folder that credentials lie in, where it is missing. */
export const credentialFolder = (places: SecretPlaces, encrypted: boolean): readonly Change[] =>
  encrypted
    ? missingFolder(places, rootFolder("A folder for encrypted credentials of services", encryptedFolder, rootsAlone))
    : missingFolder(places, rootFolder("A folder for credentials of services", credentialsFolder, rootsAlone));

/**
 * The state before a change of an encrypted credential: people see the clear text, masked, as the running service has it, and
 * the hash is that of the file. Without a service that runs with it nobody can read what is in it, so nothing can be added.
 */
export const encryptedBefore = (
  path: string,
  shown: string | undefined,
  file: SecretFile | undefined,
): { readonly content: string; readonly sha256: string } | undefined => {
  if (file === undefined || file.stat.kind === "missing") return undefined;
  if (shown === undefined || file.content === undefined) {
    throw new PlanConflict(
      `${path} is encrypted, and no service runs with what is in it: start its service, or take the file away, then run again`,
    );
  }
  return { content: shown, sha256: sha256(file.content) };
};
