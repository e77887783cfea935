import type { Step } from "../../../src/model/step.ts";
import { generateKernel } from "./generate.ts";
import { addressLayout } from "./kernel-address-layout.ts";
import { bpf } from "./kernel-bpf.ts";
import { coreDumps } from "./kernel-core-dumps.ts";
import { noForwarding } from "./kernel-forwarding.ts";
import { icmp } from "./kernel-icmp.ts";
import { keyboard } from "./kernel-keyboard.ts";
import { links } from "./kernel-links.ts";
import { keptOutModules } from "./kernel-modules.ts";
import { pointers } from "./kernel-pointers.ts";
import { ptrace } from "./kernel-ptrace.ts";
import { redirects } from "./kernel-redirects.ts";
import { reversePathFilter } from "./kernel-reverse-path.ts";
import { noAdvertisements } from "./kernel-router-advertisements.ts";
import { settingsHold } from "./kernel-settings-hold.ts";
import { sourceRoutes } from "./kernel-source-routes.ts";
import { synCookies } from "./kernel-syn-cookies.ts";
import { forwarding, modules, reversePath, routerAdvertisements } from "./questions.ts";

export const kernelStep: Step = {
  id: "kernel",
  category: "os",
  title: "Kernel",
  intro: "Tells the kernel whom to believe on the network, what to keep to itself and which old code to leave alone.",
  questions: [forwarding, routerAdvertisements, reversePath, modules],
  controls: [
    redirects,
    sourceRoutes,
    reversePathFilter,
    noForwarding,
    noAdvertisements,
    icmp,
    synCookies,
    addressLayout,
    pointers,
    ptrace,
    bpf,
    links,
    keyboard,
    settingsHold,
    keptOutModules,
    coreDumps,
  ],
  generate: generateKernel,
};
