import { type Change, change } from "../../../src/model/change.ts";
import type { Integration } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import {
  credentialFile,
  credentialsFolder,
  type SecretFile,
  type SecretPlaces,
  secretsFile,
  secretsFolder,
} from "../../../src/probes/secret-places.ts";
import { serviceUserName, serviceUserUnit } from "../../os/service-user/questions.ts";
import { secretsPlace } from "./questions.ts";

/** Where a program's secrets live, or will. */
export type SecretPlace = {
  readonly kind: "file" | "credential";
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

export const credentialPath = (unit: string): string => `/run/credentials/${unit}/${credentialName}`;

/** The place that is in use already, else the one that was answered. */
export const secretPlaceOf = (integration: Integration, places: SecretPlaces, answers: AnswerReader): SecretPlace => {
  const { id, unit, configuration } = integration;
  const used = (path: string) => configuration.files.some((file) => file.path === path);
  const asCredential =
    unit !== undefined &&
    (used(credentialPath(unit.name)) || (!used(secretsFile(id)) && answers.get(secretsPlace) === "credential"));
  if (asCredential) {
    const source = credentialFile(id);
    return {
      kind: "credential",
      effective: credentialPath(unit.name),
      source,
      listed: `{{credentials}}/${credentialName}`,
      file: places.files.get(source),
      attributes: { mode: "0600", owner: "root", group: "root" },
      folder: folderChange(places, credentialsFolder, "0700", "A folder for credentials of services"),
    };
  }
  const source = secretsFile(id);
  return {
    kind: "file",
    effective: source,
    source,
    listed: source,
    file: places.files.get(source),
    attributes: { mode: "0640", owner: "root", group: readingGroup(integration, answers) },
    folder: folderChange(places, secretsFolder, "0755", "A folder for what the integrations read and cannot change"),
  };
};

/** The group that the program runs with: a service of root's is about to get an account, whose group is named like it. */
export const readingGroup = ({ unit, user }: Integration, answers: AnswerReader): string => {
  if (unit?.user === "root" && answers.get(serviceUserUnit).includes(unit.name)) {
    return answers.get(serviceUserName) || unit.group;
  }
  return unit?.group ?? user;
};

export const folderChange = (places: SecretPlaces, path: string, mode: string, title: string): readonly Change[] =>
  places.folders.has(path)
    ? []
    : [
        change({
          kind: "directory",
          phase: "files",
          risk: "none",
          title,
          path,
          after: { mode, owner: "root", group: "root" },
        }),
      ];
