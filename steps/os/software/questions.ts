import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import { raw } from "../../../src/model/probe.ts";
import { type Choice, question } from "../../../src/model/question.ts";
import {
  type LegacySoftware,
  legacyPackages,
  legacySoftware,
  needlessServices,
} from "../../../src/probes/legacy-software.ts";

const servers = /(?:d|-server|-inetd|ypserv|nis|ypbind-mt|tftpd-hpa)$/u;
/** A client that nothing needs can go without anybody noticing; a service may have users that no package knows of. */
const goesByDefault = ({ name, dependents }: LegacySoftware["packages"][number]): boolean =>
  dependents.length === 0 && !servers.test(name);

export const removed = question({
  id: "software.removed",
  kind: "multiselect",
  label: "Packages that go",
  title: "Which packages of the past are removed?",
  why: "Programs that speak in clear text are there because an image brought them. Clients that no package needs are proposed; a service may be used by somebody whom no package knows, so that is yours to say. What is removed can come back in the same version with its configuration.",
  schema: z.array(z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/u, "must be the name of a package")),
  needs: { software: raw(legacySoftware) },
  when: ({ software }) => (knownValue(software)?.packages.length ?? 0) > 0,
  default: ({ software }) => (knownValue(software)?.packages ?? []).filter(goesByDefault).map(({ name }) => name),
  choices: ({ software }): readonly Choice[] =>
    (knownValue(software)?.packages ?? []).map(({ name, dependents }) => ({
      value: name,
      label: name,
      hint: legacyPackages[name as keyof typeof legacyPackages],
      ...(dependents.length === 0 ? {} : { disabled: `${dependents.join(", ")} would go with it` }),
    })),
  current: ({ software }) =>
    (knownValue(software)?.packages ?? []).map(({ name }) => name).join(", ") || "none of them is here",
  check: (names, { software }) => {
    const blocked = knownValue(software)?.packages.find(
      ({ name, dependents }) => names.includes(name) && dependents.some((each) => !names.includes(each)),
    );
    return blocked && `${blocked.name} is needed by ${blocked.dependents.join(", ")}`;
  },
});

export const masked = question({
  id: "software.masked",
  kind: "multiselect",
  label: "Services without a purpose",
  title: "Which of these services have no purpose on this server?",
  why: "They come with other packages and have nothing to do on most servers. None is stopped unless it is named here: then it is stopped, and masked so that nothing starts it again.",
  schema: z.array(z.enum(Object.keys(needlessServices) as [keyof typeof needlessServices])),
  needs: { software: raw(legacySoftware) },
  when: ({ software }) => (knownValue(software)?.services.length ?? 0) > 0,
  default: ({ software }) =>
    (knownValue(software)?.services ?? [])
      .filter(({ state }) => state === "masked")
      .map(({ unit }) => unit as keyof typeof needlessServices),
  choices: ({ software }) =>
    (knownValue(software)?.services ?? []).map(({ unit, active }) => ({
      value: unit,
      label: unit,
      hint: `${needlessServices[unit as keyof typeof needlessServices]}${active ? "; runs now" : ""}`,
    })),
  current: ({ software }) =>
    (knownValue(software)?.services ?? [])
      .filter(({ active }) => active)
      .map(({ unit }) => unit)
      .join(", ") || "none of them runs",
});
