import { control, fragment } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { raw } from "../../../src/model/probe.ts";
import { endpointPlaces } from "../../../src/probes/endpoints.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { network } from "../../../src/probes/network.ts";
import { type RuntimeUnit, unitFiles } from "../../../src/probes/unit-files.ts";
import { unitAdditions } from "../unit.ts";
import { endpointsAllowed, endpointsEgress } from "./questions.ts";

const list = (text: string | undefined): readonly string[] => (text ?? "").split(/\s+/u).filter((word) => word !== "");

/** systemd prints "any" as both families. */
const deniesAll = ({ properties }: RuntimeUnit): boolean => {
  const denied = list(properties.IPAddressDeny);
  return denied.includes("any") || (denied.includes("0.0.0.0/0") && denied.includes("::/0"));
};

const plain = (range: string): string => range.replace(/\/(?:32|128)$/u, "");

const missing = (unit: RuntimeUnit, allowed: readonly string[]): readonly string[] => {
  const present = new Set(list(unit.properties.IPAddressAllow).map(plain));
  return allowed.filter((one) => !present.has(plain(one)));
};

const surplus = (unit: RuntimeUnit, allowed: readonly string[]): readonly string[] => {
  const wanted = new Set(allowed.map(plain));
  return list(unit.properties.IPAddressAllow).filter((one) => !wanted.has(plain(one)));
};

/** systemd.resource-control(5), IPAddressAllow= and IPAddressDeny=. */
export const endpointEgress = control({
  id: "endpoint-egress",
  guideline: ["RT-07"],
  title: "Integrations can talk to agreed addresses only",
  failing: "Integrations can talk to any address",
  severity: "medium",
  risk: "restart",
  rationale:
    "Whoever takes a program over wants to fetch tools and carry data away. systemd can hold a single service to the addresses it needs, whoever else uses the machine. The list works in both directions and knows no names, so it is in force only when you ask for it.",
  references: [
    { source: "NIST 800-53", id: "AC-4" },
    { source: "man", id: "systemd.resource-control(5)" },
  ],
  needs: { here: integrations, units: unitFiles, places: raw(endpointPlaces), net: raw(network) },
  applies: ({ here }, answers) =>
    answers.get(endpointsEgress) === "allow-list"
      ? here.integrations.some(({ unit, container }) => unit !== undefined && !container) ||
        "no integration here is a service"
      : "outgoing connections of integrations are left open, as chosen",
  inspect: ({ here, units }, answers) => {
    const allowed = answers.get(endpointsAllowed);
    const mine = units.units.filter(({ name }) => here.integrations.some(({ unit }) => unit?.name === name));
    const evidence = mine.map((unit) => ({
      asked: `systemctl show -p IPAddressDeny -p IPAddressAllow ${unit.name}`,
      answered: `IPAddressDeny=${unit.properties.IPAddressDeny ?? ""} IPAddressAllow=${unit.properties.IPAddressAllow ?? ""}`,
    }));
    const problems = mine.flatMap((unit) => {
      if (!deniesAll(unit)) return [`${unit.name} may talk to anywhere`];
      const [less, more] = [missing(unit, allowed), surplus(unit, allowed)];
      return [
        ...(less.length > 0 ? [`${unit.name} may not talk to ${less.join(", ")}`] : []),
        ...(more.length > 0 ? [`${unit.name} may also talk to ${more.join(", ")}`] : []),
      ];
    });
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: ({ here }, answers) =>
    here.integrations.flatMap(({ unit, container }) =>
      unit === undefined || container
        ? []
        : [
            fragment(unitAdditions, {
              unit: unit.name,
              owns: ["IPAddressDeny", "IPAddressAllow"],
              directives: [
                { section: "Service", name: "IPAddressDeny", value: "any" },
                { section: "Service", name: "IPAddressAllow", value: answers.get(endpointsAllowed).join(" ") },
              ],
            }),
          ],
    ),
  breaks: ({ here, places }, answers) => {
    const reached = here.integrations.filter(({ sockets }) => sockets.some(({ reach }) => reach !== "loopback"));
    const names =
      places.state === "known" ? places.value.places.filter(({ local, host }) => !local && /[a-z]/iu.test(host)) : [];
    return [
      ...reached.map(
        ({ id }) =>
          `${id} can be reached from ${answers.get(endpointsAllowed).join(", ")} only: name the networks of its clients`,
      ),
      ...names.map(
        ({ host }) => `${host} is a name: when its address changes it is out of reach until the list is changed`,
      ),
    ];
  },
});
