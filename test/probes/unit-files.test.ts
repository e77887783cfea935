import { describe, expect, it } from "vitest";
import { parseUnitFiles } from "../../src/probes/unit-files.ts";
import { captured } from "../steps/settle.ts";

const read = (text: string) => {
  const fact = parseUnitFiles(text);
  if (fact.state !== "known") throw new Error(`not known: ${fact.reason}`);
  return fact.value;
};

describe("the files of a service, as a machine showed them", () => {
  const { systemd, memory, units } = read(captured("unit-files", "debian-13-sandboxed"));
  const [unit] = units;

  it("tells version and memory of the machine", () => {
    expect(systemd).toBe(257);
    expect(memory).toBe(24684092 * 1024);
  });

  it("keeps every file in the order in which systemd reads it, to the byte", () => {
    expect(unit?.files.map(({ path }) => path)).toEqual([
      "/etc/systemd/system/orders.service",
      "/etc/systemd/system/orders.service.d/10-needs.conf",
      "/etc/systemd/system/orders.service.d/zz-drawbridge-runtime.conf",
    ]);
    expect(unit?.files[1]?.content).toBe('[Service]\nExecStartPre=/bin/sh -c "date >>/srv/data/starts && /bin/true"\n');
    expect(unit?.dropIn?.content).toBe(unit?.files[2]?.content);
    expect(unit?.dropIn).toMatchObject({ mode: "0644", owner: "root", group: "root" });
    expect(unit?.environment).toBeNull();
    expect(unit?.dropInFolder).toBe(true);
  });

  it("tells how the kernel holds its process", () => {
    expect(unit?.properties).toMatchObject({ ActiveState: "active", User: "orders", UMask: "0077", PrivateTmp: "yes" });
    expect(unit?.process).toMatchObject({ noNewPrivileges: true, filtered: true, powerless: true });
    expect(unit?.process?.peakMemory).toBeGreaterThan(10 * 1024 ** 2);
    expect(unit?.startedAt).toBe(1_795_351_815);
  });
});

describe("what is not there", () => {
  it("is nothing, and nonsense is unknown", () => {
    expect(read("").units).toEqual([]);
    expect(parseUnitFiles("sh: systemctl: not found\n").state).toBe("unknown");
  });
});
