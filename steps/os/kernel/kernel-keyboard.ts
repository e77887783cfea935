import { control } from "../../../src/model/control.ts";
import { kernel } from "../../../src/probes/kernel.ts";
import { judgeSettings, proposeSettings, type Setting, setting } from "./settings.ts";

const settings: readonly Setting[] = [
  setting("kernel.sysrq", 0),
  setting("kernel.ctrl-alt-del", 0),
  setting("dev.tty.ldisc_autoload", 0),
];

/** Lynis KRNL-6000. */
export const keyboard = control({
  id: "kernel-keyboard",
  guideline: ["OS-09"],
  title: "Nobody at the keyboard can command the kernel",
  failing: "The keyboard can command the kernel",
  severity: "low",
  risk: "none",
  rationale:
    "The magic key combination reboots, kills and dumps memory without a login, also over a serial or remote console. Loading line disciplines on request has been a way to root.",
  references: [
    { source: "man", id: "sysctl.d(5)" },
    { source: "Lynis", id: "KRNL-6000" },
  ],
  needs: { kernel },
  inspect: (facts) => judgeSettings(facts.kernel, settings),
  plan: (facts) => proposeSettings(facts.kernel, settings),
  breaks: () => ["the magic SysRq keys no longer help on a hung machine: use the console's reset"],
});
