import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import { raw } from "../../../src/model/probe.ts";
import { question } from "../../../src/model/question.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { secretPlaces } from "../../../src/probes/secret-places.ts";

/** First release whose `%d` names the folder of a service's credentials in Environment=: systemd.unit(5). */
export const credentialsSince = 250;

const withoutTool = "systemd-creds is not installed here";

export const secretsPlace = question({
  id: "secrets.place",
  kind: "select",
  label: "Place of secrets",
  title: "Where should the integration's secrets live?",
  why: "A credential is handed to the service by systemd at its start, whatever account it runs as, and nobody else's programs can read it; it needs systemd 250. Encrypted, its file is of no use on another machine or out of a backup of /etc: only this machine's systemd can read it, with a key that never leaves it (/var/lib/systemd/credential.secret; a machine that is restored needs it back). A file is readable by root and by the group of the service. Either way the program reads it as its strongest configuration file.",
  schema: z.enum(["encrypted", "credential", "file"]),
  needs: { here: raw(integrations), places: raw(secretPlaces) },
  when: ({ here }) => knownValue(here)?.integrations.some(({ unit }) => unit !== undefined) ?? true,
  choices: ({ places }) => {
    const systemd = knownValue(places)?.systemd;
    const tooOld = systemd !== undefined && systemd < credentialsSince;
    const hint = systemd === undefined ? "needs systemd 250" : `systemd ${systemd} here`;
    const disabled = tooOld ? { disabled: `systemd ${systemd} cannot name it to the program: 250 can` } : {};
    const encrypts = knownValue(places)?.encrypts ?? true;
    return [
      {
        value: "encrypted",
        label: "an encrypted credential of the service",
        hint,
        ...disabled,
        ...(encrypts || tooOld ? {} : { disabled: withoutTool }),
      },
      { value: "credential", label: "a credential of the service, in clear on the disk", hint, ...disabled },
      { value: "file", label: "a file in /etc/integrations", hint: "root:GROUP 0640" },
    ];
  },
  default: ({ places }) => {
    const known = knownValue(places);
    if ((known?.systemd ?? 0) < credentialsSince) return "file" as const;
    return known?.encrypts ? ("encrypted" as const) : ("credential" as const);
  },
  check: (value, { places }) => {
    const known = knownValue(places);
    if (value === "file" || known === undefined) return undefined;
    if (known.systemd < credentialsSince)
      return `systemd ${known.systemd} is too old for credentials in BAL_CONFIG_FILES: answer file`;
    return value === "encrypted" && !known.encrypts ? `${withoutTool}: answer credential` : undefined;
  },
});
