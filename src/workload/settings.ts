import type { Configuration, ConfigurationFile, Integration, Setting } from "../model/integration.ts";

type Configured = Pick<Integration, "configuration">;

/** The effective value of a key, written as a person writes it: "ballerina.http.defaultListenerPort". */
export const settingAt = ({ configuration }: Configured, key: string): Setting | undefined =>
  configuration.settings.find((setting) => setting.key === key);

/** All effective values below a table: "ballerina.http" finds "ballerina.http.defaultListenerConfig.host". */
export const settingsBelow = ({ configuration }: Configured, table: string): readonly Setting[] =>
  configuration.settings.filter(({ key }) => key.startsWith(`${table}.`));

const isRead = ({ state }: ConfigurationFile): boolean => state === "read";

/** The weakest file that is read: the one for what is no secret, with the others before it in BAL_CONFIG_FILES. */
export const baseFile = ({ files }: Configuration): ConfigurationFile | undefined => files.filter(isRead).at(-1);

/**
 * The file in which a key has to be written so that it counts: where it is now (or the nearest table above it), else the
 * base file. Undefined where no file is read, and where the environment or an argument decides the key anyway.
 */
export const fileForKey = (integration: Configured, key: string): ConfigurationFile | undefined => {
  const { files } = integration.configuration;
  const source = settingAt(integration, key)?.source;
  if (source !== undefined && source.kind !== "file") return undefined;
  if (source?.kind === "file") return files.find(({ path }) => path === source.path);
  for (let table = parentOf(key); table !== ""; table = parentOf(table)) {
    const near = settingsBelow(integration, table).find((setting) => setting.source.kind === "file")?.source;
    if (near?.kind === "file") return files.find(({ path }) => path === near.path);
  }
  return baseFile(integration.configuration);
};

const parentOf = (key: string): string => key.slice(0, Math.max(0, key.lastIndexOf(".")));
