import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import { raw } from "../../../src/model/probe.ts";
import { question } from "../../../src/model/question.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { secretPlaces } from "../../../src/probes/secret-places.ts";

/** First release whose `%d` names the folder of a service's credentials in Environment=: systemd.unit(5). */
export const credentialsSince = 250;

export const secretsPlace = question({
  id: "secrets.place",
  kind: "select",
  label: "Place of secrets",
  title: "Where should the integration's secrets live?",
  why: "A credential is handed to the service by systemd at its start, whatever account it runs as, and nobody else's programs can read it; it needs systemd 250. A file is readable by root and by the group of the service. Either way the program reads it as its strongest configuration file.",
  schema: z.enum(["credential", "file"]),
  needs: { here: raw(integrations), places: raw(secretPlaces) },
  when: ({ here }) => knownValue(here)?.integrations.some(({ unit }) => unit !== undefined) ?? true,
  choices: ({ places }) => {
    const systemd = knownValue(places)?.systemd;
    const tooOld = systemd !== undefined && systemd < credentialsSince;
    return [
      {
        value: "credential",
        label: "a credential of the service",
        hint: systemd === undefined ? "needs systemd 250" : `systemd ${systemd} here`,
        ...(tooOld ? { disabled: `systemd ${systemd} cannot name it to the program: 250 can` } : {}),
      },
      { value: "file", label: "a file in /etc/integrations", hint: "root:GROUP 0640" },
    ];
  },
  default: ({ places }) => ((knownValue(places)?.systemd ?? 0) >= credentialsSince ? "credential" : "file"),
  check: (value, { places }) => {
    const systemd = knownValue(places)?.systemd;
    return value === "credential" && systemd !== undefined && systemd < credentialsSince
      ? `systemd ${systemd} is too old for credentials in BAL_CONFIG_FILES: answer file`
      : undefined;
  },
});
