import { readAttestation } from "../../../src/core/attestations.ts";
import { template } from "../../../src/embedded/templates.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import { baselineDeviceCredentials } from "../baseline/baseline-device-credentials.ts";
import { baselineOutsideFirewall } from "../baseline/baseline-outside-firewall.ts";
import { baselineRouters } from "../baseline/baseline-routers.ts";
import { baselineSwitches } from "../baseline/baseline-switches.ts";
import { firmwareDevices } from "./firmware-devices.ts";

const vouched = {
  routers: baselineRouters,
  switches: baselineSwitches,
  firewalls: baselineOutsideFirewall,
  credentials: baselineDeviceCredentials,
  firmware: firmwareDevices,
} as const;

/** A cell of a Markdown table. */
const cell = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("|", "\\|");

const row = (answer: string): string => {
  const said = readAttestation(answer);
  return said === undefined
    ? "nobody yet | | "
    : [said.owner, said.evidence, said.reviewBy ?? ""].map((text) => cell(text)).join(" | ");
};

/** What to look at on routers, switches and firewalls, with who vouches for it: for people who have no shell there. */
export const generateChecklist = (answers: AnswerReader): readonly RenderedFile[] => [
  {
    path: "/repository/docs/network-devices.md",
    content: Object.entries(vouched).reduce(
      (text, [name, { question }]) => text.replaceAll(`{{${name}}}`, () => row(answers.get(question))),
      template("network/network-devices.md"),
    ),
    mode: "0644",
    about: "A checklist for routers, switches and outside firewalls, with who vouches for what and until when.",
  },
];
