import { expect, it, test } from "vitest";
import { known, knownValue } from "../../../../src/model/fact.ts";
import { type BootLoader, bootLoader } from "../../../../src/probes/boot-loader.ts";
import { bootLoaderStep } from "../../../../steps/os/bootloader/index.ts";
import { factsOf, parsed, settle } from "../../settle.ts";

const server = (more: string) =>
  knownValue(
    parsed(
      bootLoader,
      `@paths
regular file|600|root|root|0|0|/boot/grub/grub.cfg
${more}@cmdline BOOT_IMAGE=/vmlinuz root=UUID=1 ro quiet
`,
    ),
  ) as BootLoader;
const settled = (seen: BootLoader) => settle([bootLoaderStep], factsOf([bootLoader, known(seen)]));

it.each([
  ["@entries 3 0\n", "fail"],
  ["@superusers\n@entries 3 3\n", "fail"],
  ["@superusers\n@hash\n@entries 3 3\n", "pass"],
  ["@superusers\n@hash\n@entries 3 0\n", "fail"],
  // Boot loader specification: no entries in grub.cfg itself.
  ["@superusers\n@hash\n@entries 0 0\n", "pass"],
])("%j is a %s", (more, result) => {
  const { results, changes } = settled(server(more));
  expect(results["bootloader-password"]).toBe(result);
  expect(changes).toEqual([]);
});

test("says when the next restart would wait", () =>
  expect(settled(server("@superusers\n@hash\n@entries 3 0\n")).details["bootloader-password"]).toContain(
    "restart waits",
  ));

test("does not apply without GRUB, or in a container", () => {
  expect(settled({ ...server(""), configurations: [] }).results["bootloader-password"]).toBe("notapplicable");
  expect(settled(server("@container\n")).results["bootloader-password"]).toBe("notapplicable");
});
