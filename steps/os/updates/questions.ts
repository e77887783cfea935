import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import { question } from "../../../src/model/question.ts";
import { daemons } from "../../../src/probes/daemons.ts";
import { machine } from "../../../src/probes/machine.ts";
import { software } from "../../../src/probes/software.ts";

export const rebootTime = question({
  id: "updates.reboot",
  kind: "text",
  label: "Reboot after updates",
  title: "When may the machine reboot by itself after an update that needs it? (never, or a time such as 02:00)",
  why: "A new kernel counts from the next boot. Where one node of several may go away at night, let it; a single server is better rebooted by a person: then never.",
  schema: z.string().regex(/^(?:never|(?:[01]\d|2[0-3]):[0-5]\d)$/u, "must be never, or hours and minutes like 02:00"),
  needs: { daemons },
  default: () => "never",
  current: (facts) => {
    const apt = knownValue(facts.daemons)?.apt;
    if (apt === undefined) return "not known";
    return apt["Unattended-Upgrade::Automatic-Reboot"] === "true"
      ? (apt["Unattended-Upgrade::Automatic-Reboot-Time"] ?? "at once")
      : "never";
  },
});

export const heldKept = question({
  id: "updates.held",
  kind: "list",
  label: "Held on purpose",
  title: "Which packages are kept from updates on purpose?",
  why: "Every other held package is a finding. The default is none: a hold needs somebody who answers for it.",
  schema: z.array(z.string().regex(/^[a-z0-9][a-z0-9+.:-]*$/u, "must be package names")),
  needs: { software },
  default: () => [],
  current: (facts) =>
    knownValue(facts.software)
      ?.packages.filter(({ held }) => held)
      .map(({ name }) => name)
      .join(", ") || "none",
});

export const changesTold = question({
  id: "updates.news",
  kind: "confirm",
  label: "News before updates",
  title: "Should apt show what an update changes for you before it is installed?",
  why: "Maintainers write down what stops working or has to be set anew. apt-listchanges shows that to whoever updates by hand, and mails it to root when updates come in by themselves; it asks nothing and stops nothing. It is part of a standard Debian; the default is yes there.",
  schema: z.boolean(),
  needs: { daemons, machine },
  when: (facts) => knownValue(facts.daemons)?.folders.includes("/etc/apt/apt.conf.d") ?? true,
  default: (facts) => knownValue(facts.machine)?.distribution === "debian",
  current: (facts) => {
    const seen = knownValue(facts.daemons);
    if (seen === undefined) return "not known";
    return seen.packages.includes("apt-listchanges") ? "it does" : "it does not";
  },
});
