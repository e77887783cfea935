import { describe, expect, it } from "vitest";
import { rejectionReason } from "../../src/workload/rejection.ts";

describe("why a rung was rejected", () => {
  it.each([
    [
      "orders.service: Failed to set up mount namespacing: /srv/x: No such file or directory\norders.service: Main process exited, code=exited, status=226/NAMESPACE",
      "orders.service: Failed to set up mount namespacing: /srv/x: No such file or directory",
    ],
    [
      "started\njava.io.FileNotFoundException: /srv/data/out.csv (Read-only file system)\nMain process exited, code=exited, status=1/FAILURE",
      "java.io.FileNotFoundException: /srv/data/out.csv (Read-only file system); if it has to write there: drawbridge sandbox --set sandbox.writable=/srv/data",
    ],
    [
      'Main process exited, code=killed, status=31/SYS\naudit: type=1326 audit(1): auid=1 pid=7 comm="java" sig=31 arch=c000003e syscall=165 compat=0',
      "Main process exited, code=killed, status=31/SYS; system call 165 was refused",
    ],
    [
      "/bin/sh: 1: cannot create /srv/data/starts: Read-only file system",
      "/bin/sh: 1: cannot create /srv/data/starts: Read-only file system; if it has to write there: drawbridge sandbox --set sandbox.writable=/srv/data",
    ],
    ["java.net.BindException: Permission denied", "java.net.BindException: Permission denied"],
  ])("%j", (journal, reason) => expect(rejectionReason(journal)).toBe(reason));

  it("is unknown when the journal is silent", () => expect(rejectionReason("started\nstopped\n")).toBeUndefined());

  it("shows no secret that the program printed", () => {
    expect(rejectionReason("login password=hunter2-secret: Permission denied")).not.toContain("hunter2");
  });
});
