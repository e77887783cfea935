import { describe, expect, test } from "vitest";
import { connectionTrouble } from "../../src/targets/ssh-trouble.ts";

/** What OpenSSH 9.2 and 10.0 clients wrote on standard error. */
const heard: readonly (readonly [string, string, RegExp])[] = [
  ["an unknown name", "ssh: Could not resolve hostname app09: Name or service not known\r\n", /no such host/u],
  [
    "a name without a resolver",
    "ssh: Could not resolve hostname x: Temporary failure in name resolution\r\n",
    /no such host/u,
  ],
  [
    "a port where nothing listens",
    "ssh: connect to host 10.0.0.7 port 22: Connection refused\r\n",
    /refused.*--host NAME:PORT/u,
  ],
  ["a silent address", "ssh: connect to host 10.0.0.7 port 22: Connection timed out\r\n", /cannot be reached/u],
  ["a network without a way", "ssh: connect to host 10.0.0.7 port 22: No route to host\r\n", /cannot be reached/u],
  ["a server that stopped to answer", "Timeout, server 10.0.0.7 not responding.\r\n", /cannot be reached/u],
  ["a key that is not known, asked of nobody", "Host key verification failed.\r\n", /not known yet.*fingerprint/u],
  [
    "a key that is not known, strictly",
    "No ED25519 host key is known for 10.0.0.7 and you have requested strict checking.\r\nHost key verification failed.\r\n",
    /not known yet/u,
  ],
  [
    "a key that changed",
    `${"@".repeat(59)}\r\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n${"@".repeat(59)}\r\nIT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\r\nHost key verification failed.\r\n`,
    /NOT the known one.*ssh-keygen -R/u,
  ],
  ["a denied login", "op@10.0.0.7: Permission denied (publickey).\r\n", /login was denied/u],
  [
    "too many keys",
    "Received disconnect from 10.0.0.7 port 22:2: Too many authentication failures\r\nop@10.0.0.7: Permission denied (publickey).\r\n",
    /login was denied/u,
  ],
  [
    "something that is not ssh",
    "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535\r\n",
    /closed by the other side/u,
  ],
  [
    "a reset",
    "kex_exchange_identification: read: Connection reset by peer\r\nConnection reset by 10.0.0.7 port 22\r\n",
    /closed by the other side/u,
  ],
  [
    "no common algorithm",
    "Unable to negotiate with 10.0.0.7 port 22: no matching key exchange method found. Their offer: x\r\n",
    /no algorithm/u,
  ],
  [
    "a broken ssh_config",
    "/tmp/c: line 1: Bad configuration option: foo\r\n/tmp/c: terminating, 1 bad configuration options\r\n",
    /--ssh-config/u,
  ],
  ["a missing ssh_config", "Can't open user config file /tmp/none: No such file or directory\r\n", /--ssh-config/u],
  ["words nobody foresaw", "something new happened\r\n", /something new happened$/u],
  ["silence", "", /did not say why/u],
];

describe("why ssh gave up, in one line that says what to do", () => {
  test.each(heard)("%s", (_what, stderr, line) => {
    const said = connectionTrouble("op@app01", stderr);
    expect(said).toMatch(line);
    expect(said).toMatch(/^cannot work on op@app01: /u);
    expect(said).not.toMatch(/[\r\n]/u);
  });

  test("a banner of the other side is not believed", () => {
    const banner = "Connection refused people will be prosecuted. Host key verification failed.\r\n";
    expect(connectionTrouble("app01", `${banner}op@app01: Permission denied (publickey).\r\n`)).toMatch(
      /login was denied/u,
    );
  });

  test("no ssh at all", () => {
    expect(connectionTrouble("app01", undefined)).toMatch(/install the OpenSSH client/u);
  });
});
