import { describe, expect, it } from "vitest";
import { answerReader } from "../../../../src/core/answers.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { ownDropIn } from "../../../../src/probes/sshd.ts";
import { parseConfigLine } from "../../../../src/probes/sshd-config.ts";
import { ssh } from "../../../../steps/os/ssh/index.ts";
import { sshdOf } from "./server.ts";

const generated = (answers: Answers = {}) =>
  new Map((ssh.generate?.(answerReader(new Map(), answers)) ?? []).map((file) => [file.path, file]));
const settingsOf = (text: string) => text.split("\n").flatMap((line) => parseConfigLine(line) ?? []);

describe("files without a machine", () => {
  it("gives the drop-in and the banner", () =>
    expect([...generated()].map(([path, { mode }]) => [path, mode])).toEqual([
      [ownDropIn, "0600"],
      ["/etc/issue.net", "0644"],
    ]));

  it.each(["bookworm", "trixie"] as const)("names nothing that %s does not know", (release) => {
    const { views, supported } = sshdOf(release);
    for (const { keyword, arguments: values } of settingsOf(generated().get(ownDropIn)?.content ?? "")) {
      expect([...Object.keys(views[0].effective), "allowgroups"]).toContain(keyword.toLowerCase());
      if (keyword === "KexAlgorithms")
        for (const name of values[0]?.split(",") ?? []) expect(supported.kex).toContain(name);
      if (keyword === "Ciphers")
        for (const name of values[0]?.split(",") ?? []) expect(supported.ciphers).toContain(name);
      if (keyword === "MACs") for (const name of values[0]?.split(",") ?? []) expect(supported.macs).toContain(name);
    }
  });

  it("obeys the answers, and leaves no placeholder", () => {
    const { content = "" } =
      generated({ "ssh.port": 2022, "ssh.group": "admins", "ssh.forwarding": "local", "ssh.algorithms": "compat" }).get(
        ownDropIn,
      ) ?? {};
    expect(content).not.toContain("{{");
    expect(content).toMatch(/^Port 2022$[\s\S]*^AllowGroups admins$[\s\S]*^KexAlgorithms .*curve25519-sha256/mu);
    expect(content).toMatch(/^AllowTcpForwarding local$/mu);
  });
});
