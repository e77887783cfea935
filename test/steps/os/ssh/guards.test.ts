import { describe, expect, it } from "vitest";
import {
  judged,
  keys,
  peopleAre,
  person,
  root,
  type Server,
  socket,
  sshdOf,
  withEffective,
  withMain,
} from "./server.ts";

const fresh = sshdOf("bookworm");
const refused = (server: Partial<Server>, answers = {}) =>
  judged({ sshd: fresh, ...server }, answers).refusals.map(({ guard, reason }) => `${guard}: ${reason}`);

describe("plans that would lock out are refused", () => {
  it("nothing to refuse for an administrator with a key", () => expect(refused({})).toEqual([]));

  it("an administrator without a key", () =>
    expect(
      refused(
        { accounts: peopleAre([root, person("op", { keyFiles: [] })]) },
        { "administrator.name": "op", "administrator.keys": [] },
      ),
    ).toEqual([
      "ssh-administrator-admitted: after this nobody could log in over SSH to administer this server: op has no key that sshd reads",
    ]));

  it("an administrator who does not exist and is not created", () =>
    expect(refused({}, { "administrator.name": "nobodyhere", "ssh.users": ["nobodyhere", "op"] })[0]).toContain(
      "there is no account nobodyhere",
    ));

  it("an administrator that DenyUsers turns away", () => {
    const sshd = withMain(
      withEffective(fresh, { denyusers: ["op"] }),
      "DenyUsers op\nInclude /etc/ssh/sshd_config.d/*.conf\n",
    );
    expect(refused({ sshd })[0]).toContain("op is not among those who may log in");
  });

  it("an administrator whose only key is of a kind that goes", () => {
    const accounts = peopleAre([root, person("op", { key: keys.ecdsa })]);
    expect(refused({ accounts }, { "ssh.algorithms": "strict" })[0]).toContain("op's keys (ecdsa-sha2-nistp256 256)");
    expect(refused({ accounts })).toEqual([]);
  });

  it("the session's own user, unless it is root", () => {
    const accounts = (user: string) =>
      peopleAre([root, person("op"), person("eve", { uid: 1001 })], {
        current: { user, ssh: { address: "10.0.0.7", port: 1, serverAddress: "10.0.0.1", serverPort: 22 } },
      });
    const answers = { "administrator.name": "op", "ssh.users": ["op"] };
    expect(refused({ accounts: accounts("eve") }, answers)).toEqual([
      "ssh-session-kept: you are logged in as eve, and eve could not log in again: eve is not among those who may log in (AllowGroups, AllowUsers, DenyUsers, DenyGroups)",
    ]);
    expect(refused({ accounts: accounts("root") }, answers)).toEqual([]);
    expect(refused({ accounts: accounts("eve") }, { ...answers, "ssh.users": ["eve", "op"] })).toEqual([]);
  });

  it("a port that somebody else holds", () =>
    expect(refused({ listeners: [socket(2022, "nginx")] }, { "ssh.port": 2022 })).toEqual([
      "ssh-port-free: port 2022 is taken by nginx: sshd could not listen there",
    ]));

  it("options on sshd's command line that outrank its files", () => {
    expect(refused({ sshd: { ...fresh, options: "-o PermitRootLogin=yes" } })[0]).toContain('"-o PermitRootLogin=yes"');
    expect(refused({ sshd: { ...fresh, options: "-4" } })).toEqual([]);
  });

  it("a configuration that is a link into somewhere else", () => {
    const [main, ...rest] = fresh.files;
    expect(refused({ sshd: { ...fresh, files: [{ ...main, kind: "symlink" }, ...rest] } })[0]).toContain(
      "is a symbolic link",
    );
  });
});

describe("how to get in afterwards", () => {
  const access = (server: Partial<Server>, answers = {}, excluded = {}) =>
    judged({ sshd: fresh, ...server }, answers, excluded).plan.access;

  it.each([
    ["on the new port", {}, {}, {}, { port: 22022 }],
    ["where SSH stays when its control is left out", {}, {}, { "ssh-port": "not now" }, { port: 22, stays: true }],
    ["through the socket's new port", { sshd: sshdOf("bookworm-socket") }, { "ssh.port": 2022 }, {}, { port: 2022 }],
    ["on the port that stays, which is not ours", { sshd: sshdOf("bookworm-other-port") }, {}, {}, { port: 2222 }],
  ])("%s", (_, server, answers, excluded, way) =>
    expect(access(server, answers, excluded)).toEqual({ administrator: "op", ...way }));

  it("by the port that this login came by, of several that stay", () => {
    const sshd = withEffective(fresh, { port: ["22", "2200"], listenaddress: ["0.0.0.0:22", "0.0.0.0:2200"] });
    const ssh = { address: "10.0.0.7", port: 1, serverAddress: "10.0.0.1", serverPort: 2200 };
    const accounts = peopleAre([root, person("op")], { current: { user: "op", ssh } });
    expect(access({ sshd, accounts }, { "ssh.port": 2022 }, { "ssh-port": "not now" })).toEqual({
      administrator: "op",
      port: 2200,
      stays: true,
    });
  });
});
