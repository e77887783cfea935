import { afterEach, describe, expect, it } from "vitest";
import type { Session } from "../../src/model/session.ts";
import { themes } from "../../src/ui/theme.ts";
import { fakeSession } from "../core/wizard-fixture.ts";
import { keys, type Stage, stage } from "./stage.tsx";

const open: Stage[] = [];
const enter = async (options: Parameters<typeof stage>[0] = {}, entry = "1"): Promise<Stage> => {
  const on = stage(options);
  open.push(on);
  await on.shows("Set up this server");
  await on.press(entry);
  return on;
};
const hub = async (options: Parameters<typeof stage>[0] = {}): Promise<Stage> => {
  const on = await enter(options, "2");
  await on.shows("First things first");
  return on;
};
const wide = { columns: 140, rows: 40 };

afterEach(() => {
  for (const on of open.splice(0)) on.unmount();
});

describe("at 80 columns and 24 rows", { timeout: 60_000 }, () => {
  it("opens with what can be done and a promise", async () => {
    const on = stage();
    open.push(on);
    await on.shows("drawbridge");
    expect(on.screen()).toMatchInlineSnapshot(`
      " drawbridge   op@app01.example.net               read-only: nothing has changed
      ────────────────────────────────────────────────────────────────────────────────

       Raise the bridge, never with you on the wrong side.
       Nothing is changed until you have seen every change and typed the name of the
       host. Whatever is changed can be put back.

       ❯ 1  Set up this server            everything once, in order, Enter by Enter
         2  Fix what inspection finds     the most urgent first
         3  Generate templates only       needs no machine, changes none













       ↑↓ move   ⏎ open   c command   ? keys   q quit"
    `);
  });

  it("shows the hub", async () => {
    const on = await hub();
    expect(on.screen()).toMatchInlineSnapshot(`
      " drawbridge   app01.example.net   Debian 12.15   read-only: nothing has changed
      ────────────────────────────────────────────────────────────────────────────────
       Score  23 ━━━━━━━━━━╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╍╌╌╌   94 with what is chosen

         1  Runtime security         ✗  1   !  0   ?  0   ✓  0   0 of 1 step settled
         2  OS level security        ✗  3   !  2   ?  1   ✓  2   2 of 3 steps settled
         3  Network level security   ✗  1   !  0   ?  0   ✓  0   0 of 1 step settled
         4  Configuration            nothing to look at yet

         5  Review and apply         7 changes · 4 can lock out · 2 restarts

       First things first   and 3 more
       ❯ ✗ critical   Port 9443 shows Ballerina's sample certificate    Runtime › TLS
         ✗ critical   SSH lets root log in with a password                   OS › SSH
         ✗ high       Everyone with a shell may log in over SSH              OS › SSH
         ✗ high       SSH accepts passwords                                  OS › SSH
         ✗ high       No firewall: 3 ports open to anyone          Network › Firewall

       w walks on: Runtime 0/1 · OS 2/3 · Network 0/1



       ↑↓ move   ⏎ open   / search   e explain   r review   c command
       ? keys   q quit"
    `);
  });

  it("opens a category with what it protects and what was found", async () => {
    const on = await hub();
    await on.press("2");
    expect(on.screen()).toMatchInlineSnapshot(`
      " drawbridge   app01.example.net   OS level security               score 23 → 94
      ────────────────────────────────────────────────────────────────────────────────
       Runtime 0/1 · OS 2/3 · Network 0/1

       Who gets onto this machine, what they may do there, and what runs as whom.
       Found 3 things to mend soon, 2 less urgent, 1 could not be seen; 2 are in
       order.

         ✓  Administrator            ✗  0   !  0   ?  0   ✓  1  in order, passed over
       ❯ ✗  SSH                      ✗  3   !  2   ?  0   ✓  1    5 decisions to make
         ?  Audit                    ✗  0   !  0   ?  1   ✓  0      could not be seen

       The door that is tried most.









       ↑↓ step   ⏎ open   / search   e explain   r review   c command
       ? keys   Esc hub"
    `);
  });

  it("asks one question at a time, with the list behind Tab and the explanation behind e", async () => {
    const on = await hub();
    await on.press("2", keys.enter, keys.enter, keys.enter);
    expect(on.screen()).toMatchInlineSnapshot(`
      " drawbridge   app01.example.net   SSH  2/3                        score 23 → 94
      ────────────────────────────────────────────────────────────────────────────────
       Who may log in over SSH

       Now        everyone with a shell (14 accounts)
       Proposed   group ssh-admins: op, deploy

       ❯ [x] op       key ed25519, sudo, here now
         [x] deploy   key rsa-4096, no sudo
         [ ] backup   key ed25519, last login 2019
         [ ] root     refused by "Root login"

       Whoever steals any of the 14 accounts' keys is in. A group named in
       AllowGroups keeps it to people who administer this server.

       ✗ Everyone with a shell may log in over SSH   mended by this






       ↑↓ choice   ⏎ accept   space toggle   ⇥ list   a accept all proposed
       x leave out   s skip   / search   e explain   c command   ? keys   Esc hub"
    `);
    await on.press(keys.tab);
    expect(on.screen()).toMatchInlineSnapshot(`
      " drawbridge   app01.example.net   SSH  2/3                        score 23 → 94
      ────────────────────────────────────────────────────────────────────────────────
         Port                 ! → 22022
         Root login           ✗ → no
       ❯ Who may log in       ✗ → group ssh-admins: op, deploy
         Banner               ! → This system is for authorised users only.
         Logging              ✓ keep VERBOSE

         ! SSH answers on port 22                                 → mended
         ✗ SSH lets root log in with a password                   → mended
         ✗ Everyone with a shell may log in over SSH              → mended
         ✗ SSH accepts passwords                                  → mended
         ! SSH shows no legal notice                              → mended
         ✓ SSH logs which key was used                            in order








       ↑↓ question   ⏎ open   ⇥ question   a accept all proposed   x leave out
       s skip   / search   e explain   c command   ? keys   Esc hub"
    `);
    await on.press("e");
    expect(on.screen()).toMatchInlineSnapshot(`
      " drawbridge   app01.example.net   Explain        read-only: nothing has changed
      ────────────────────────────────────────────────────────────────────────────────
       Who may log in over SSH

       Why
       Whoever steals any of the 14 accounts' keys is in. A group named in
       AllowGroups keeps it to people who administer this server.

       ✗ Everyone with a shell may log in over SSH
       Whoever steals any account's key is in.

       Found
       allowgroups is not set

       Evidence
       sshd -T
         allowgroups (none)
       OS-05 · CIS Debian 12 5.1.4
       ssh-allow-groups · high · can lock out: a revert is armed first

       Undo
       Every original is kept: drawbridge undo puts it back byte for byte.

       ↑↓ scroll   Esc back"
    `);
    await on.press(keys.escape);
    await on.shows("Who may log in       ✗");
  });

  it("reviews the changes with their content, word by word", async () => {
    const on = await hub();
    await on.press("r", keys.down, keys.tab);
    expect(on.screen()).toMatchInlineSnapshot(`
      " drawbridge   app01.example.net   Review                          plan 9ca1dfa5
      ────────────────────────────────────────────────────────────────────────────────
       + 2 create  ~ 5 change  - 0 remove   ! 4 can lock out   2 restarts   0 reboots

           + /etc/drawbridge/notice                  SSH                           +2
       ❯ ! ~ /etc/ssh/sshd_c…ig.d/00-drawbridge.conf SSH                        +5 -3
             │ because of ssh-port, ssh-root-login, ssh-allow-groups, ssh-passwords
             │ root:root 0644 -> root:root 0600
             │ checked by sshd -t
             │- # written by hand
             │- Port 22
             │- PermitRootLogin yes
             │+ # written by drawbridge
             │+ Port 22022
             │+ PermitRootLogin no
             │+ AllowUsers op deploy
             │+ PasswordAuthentication no
         ! ~ ssh.service                             SSH             reload

       A revert is armed first: if you do not log in again within 2 minutes, all of
       it goes back. Enter asks for the host's name.

       ↑↓ move   ⇥ fold   d line diff   x leave out   e explain   s save
       w write files   ⏎ apply   c command   ? keys   Esc hub"
    `);
  });

  it("shows no value of a file that may hold secrets", async () => {
    const on = await hub();
    await on.press("r", ...Array.from({ length: 5 }, () => keys.down), keys.tab);
    await on.shows("password = ••••••••");
    expect(on.screen()).not.toContain("T0p-Secret");
    expect(on.screen()).not.toContain('ballerina"');
  });

  it("says what would make a refused plan safe", async () => {
    const on = await hub();
    await on.press("/");
    await on.type("allowed");
    await on.press(keys.enter, keys.space, "r");
    await on.shows("could not log in any more");
    expect(on.screen()).toContain("Let op log in, or give another account sudo.");
    expect(on.screen()).not.toContain("⏎ apply");
  });

  it("applies after the typed name, counts down, and keeps what a new login confirms", async () => {
    const session = fakeSession();
    const on = await hub({ session });
    await on.press("r", keys.enter);
    await on.shows("Type the host name to apply");
    await on.type("app01");
    await on.press(keys.enter);
    await on.shows("that is not the name of this host");
    expect(session.applied).toEqual([]);
    await on.type(".example.net");
    await on.press(keys.enter);
    await on.shows("Reverting in 2:00");
    expect(on.screen()).toMatchInlineSnapshot(`
      " drawbridge   app01.example.net   Waiting for your word                    0:00
      ────────────────────────────────────────────────────────────────────────────────
       – staging the files and keeping the originals
       ✓ checked: sshd -t, nft -c, systemd-analyze verify
       ✓ revert armed: it survives this terminal and a reboot
       ✓ SSH: write the notice
       ✓ SSH: write 00-drawbridge.conf
       ✓ SSH reloaded
       ✓ Firewall: write the rules
       ✓ Firewall loaded
       ✓ orders: a certificate of its own
       ✓ orders-api restarted

       All changes are in place. Reverting in 2:00 unless confirmed.
       Enter logs in afresh as op on port 22022 and keeps them; or log in yourself
       and run:
         sudo sh /var/lib/drawbridge/transactions/20261122-0731/confirm






       ⏎ keep these changes   u undo now   l log   c command"
    `);
    await on.press(keys.enter);
    await on.shows("7 changes kept");
    expect(on.screen()).toMatchInlineSnapshot(`
      " drawbridge   app01.example.net   Done                            20261122-0731
      ────────────────────────────────────────────────────────────────────────────────
       app01.example.net: 7 changes kept, verified by a second inspection.
       Score  76 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌

       Score 23 → 76. Still open: 2
       Proof:
         a new login as op on port 22022 works and can become root
       Log in from now on:   ssh -p 22022 op@app01.example.net
       Undo everything:
         drawbridge undo 20261122-0731 --host op@app01.example.net:22022
       Without drawbridge:
         sudo sh /var/lib/drawbridge/transactions/20261122-0731/undo

       Still open
         ✗ Port 9443 shows Ballerina's sample certificate
         ? Audit rules are loaded






       u undo   c command   ⏎ leave   ? keys   Esc hub"
    `);
    expect(session.calls).toEqual(["inspect", expect.stringContaining("apply"), "confirm", "inspect"]);
    await on.press("q");
    expect(await on.runner.ended).toBe(0);
  });

  it("undoes at once while the revert is armed", async () => {
    const session = fakeSession();
    const on = await hub({ session });
    await on.press("r", keys.enter);
    await on.type("app01.example.net");
    await on.press(keys.enter);
    await on.shows("Reverting in");
    await on.press("u");
    await on.shows("everything is as it was before");
    await on.press("q");
    expect(await on.runner.ended).toBe(4);
  });

  it("leaves out with a reason and shows what was left out", async () => {
    const on = await hub();
    await on.press("r", "x");
    await on.shows("Leave out: /etc/drawbridge/notice");
    await on.type("no lawyers");
    await on.press(keys.enter);
    await on.shows("SSH shows a legal notice  (no lawyers)");
    await on.press(...Array.from({ length: 9 }, () => keys.down), "x");
    await on.shows("/etc/drawbridge/notice");
  });

  it("takes pasted keys, line by line", async () => {
    const on = await hub();
    await on.press("/");
    await on.type("which keys");
    await on.press(keys.enter);
    await on.shows("With which keys does the administrator log in?");
    await on.paste("ssh-ed25519 BBBB b@x\rssh-rsa CCCC c@x\r");
    await on.shows("ssh-rsa CCCC c@x");
    await on.press(keys.endOfText);
    await on.shows("- ssh-rsa CCCC c@x");
    expect(on.runner.state().answers["administrator.keys"]).toHaveLength(3);
  });

  it("hides a secret while it is typed", async () => {
    const on = await hub();
    await on.press("/");
    await on.type("administrator.password");
    await on.press(keys.enter, keys.space);
    await on.type("hunter22");
    await on.shows("••••••••");
    expect(on.screen()).not.toContain("hunter");
    await on.press(keys.enter);
    expect(on.runner.state().secrets.get("administrator.password")).toBe("hunter22");
  });

  it("asks for sudo's password once, and says that it was wrong", async () => {
    const rights = { root: false, reason: "sudo asked for a password", passwordHelps: true } as const;
    const on = await enter({ session: fakeSession({ rights }) });
    await on.shows("1 of 10 controls could not be seen: sudo asked for a password");
    await on.type("wrong");
    await on.press(keys.enter);
    await on.shows("sudo did not accept the password");
    await on.type("right");
    await on.press(keys.enter);
    await on.shows("What an integration shows");
  });

  it("lists the keys of the screen behind, and the command that does the same", async () => {
    const on = await hub();
    await on.press("?");
    await on.shows("category 1");
    await on.press(keys.escape, "c");
    await on.shows("drawbridge inspect --host op@app01.example.net");
  });

  it("goes back with Esc from everywhere, and quits with 130 at Ctrl-C", async () => {
    const on = await hub();
    await on.press("2", keys.enter, "e", keys.escape, "/", keys.escape, keys.escape);
    await on.shows("First things first");
    await on.press(keys.interrupt);
    expect(await on.runner.ended).toBe(130);
  });
});

describe("at 140 columns and 40 rows", { timeout: 60_000 }, () => {
  it("shows list, question and explanation side by side", async () => {
    const on = await hub({ size: wide });
    await on.press("2", keys.enter, keys.enter, keys.enter);
    expect(on.screen()).toMatchInlineSnapshot(`
      " drawbridge   app01.example.net   OS level security › SSH  2/3                                     …
      ───────────────────────────────────────────────────────────────────────────────────────────────────…
         Port              ! → 22022          │ Who may log in over SSH                          │ Why   …
         Root login        ✗ → no             │                                                  │ Whoeve…
       ❯ Who may log in    ✗ → group ssh-ad…  │ Now        everyone with a shell (14 accounts)   │ is in.…
         Banner            ! → This system …  │ Proposed   group ssh-admins: op, deploy          │ to peo…
         Logging           ✓ keep VERBOSE     │                                                  │       …
                                              │ ❯ [x] op       key ed25519, sudo, here now       │ ✗ Ever…
         ! SSH answers on port 22             │   [x] deploy   key rsa-4096, no sudo             │ Whoeve…
         ✗ SSH lets root log in with a passw… │   [ ] backup   key ed25519, last login 2019      │       …
         ✗ Everyone with a shell may log in … │   [ ] root     refused by "Root login"           │ Found …
         ✗ SSH accepts passwords              │                                                  │ allowg…
         ! SSH shows no legal notice          │ ✗ Everyone with a shell may l…   mended by this  │       …
         ✓ SSH logs which key was used        │                                                  │ Eviden…
                                              │                                                  │ sshd -…
                                              │                                                  │   allo…
                                              │                                                  │ OS-05 …
                                              │                                                  │ ssh-al…
                                              │                                                  │ revert…
                                              │                                                  │       …
                                              │                                                  │ Undo  …
                                              │                                                  │ Every …
                                              │                                                  │ it bac…
                                              │                                                  │       …
                                              │                                                  │       …
                                              │                                                  │       …
                                              │                                                  │       …
                                              │                                                  │       …
                                              │                                                  │       …
                                              │                                                  │       …
                                              │                                                  │       …
                                              │                                                  │       …
                                              │                                                  │       …
                                              │                                                  │       …
                                              │                                                  │       …
                                              │                                                  │       …
                                              │                                                  │       …

       ↑↓ choice   ⏎ accept   space toggle   ⇥ list   a accept all proposed   x leave out   s skip   / se…
       ? keys   Esc hub                                                                                  …"
    `);
  });
});

describe("without a machine", { timeout: 60_000 }, () => {
  it("walks through the questions and writes the templates", async () => {
    const on = stage({ session: null });
    open.push(on);
    await on.shows("Generate templates only");
    expect(on.screen()).not.toContain("Set up this server");
    await on.press(keys.enter);
    await on.shows("every answer starts from a safe proposal");
    await on.press("r");
    await on.shows("These answers go into the templates");
    await on.press(keys.enter, keys.enter);
    await on.shows("Written: ./drawbridge-templates/etc/ssh/sshd_config.d/00-drawbridge.conf");
  });
});

describe("on lesser terminals", { timeout: 60_000 }, () => {
  it("says in one calm line that it needs more room", async () => {
    const on = stage({ size: { columns: 59, rows: 16 } });
    open.push(on);
    await on.shows("needs 60x16");
    expect(on.screen().split("\n")).toHaveLength(1);
  });

  it("is usable at 60 columns and 16 rows", async () => {
    const on = await hub({ size: { columns: 60, rows: 16 } });
    expect(on.screen().split("\n").length).toBeLessThanOrEqual(16);
    await on.press("2", keys.enter, keys.enter);
    await on.shows("May root log in over SSH?");
  });

  it("marks words and the caret by signs where there is no colour", async () => {
    const on = await hub({ theme: { ...themes.unicode, styled: false } });
    await on.press("r", keys.down, keys.tab);
    await on.shows("{+drawbridge+}");
    await on.shows("PermitRootLogin [-yes-]");
    await on.press("d");
    await on.shows("+ # written by drawbridge");
    await on.press("/");
    await on.type("port");
    await on.shows("/ port█");
  });

  it("speaks ASCII where nothing else is understood", async () => {
    const on = await hub({ theme: themes.ascii });
    await on.press("2", keys.enter, keys.enter, "e");
    await on.shows("SSH lets root log in");
    expect(on.screen()).toMatch(/^[\x20-\x7e\n]*$/u);
    await on.press(keys.escape, "r", keys.down, keys.tab);
    expect(on.screen()).toMatch(/^[\x20-\x7e\n]*$/u);
  });
});

describe("when something goes wrong", { timeout: 60_000 }, () => {
  it("says why the inspection failed, and tries again", async () => {
    const session: Session = fakeSession();
    let tries = 0;
    const on = await enter({
      session: {
        ...session,
        inspect: async (progress) => {
          tries += 1;
          if (tries === 1) throw new Error("cannot reach app01: connection refused");
          return session.inspect(progress);
        },
      },
    });
    await on.shows("cannot reach app01: connection refused");
    await on.press(keys.enter);
    await on.shows("What an integration shows");
  });

  it("says why a file was not written, and goes on", async () => {
    const on = await hub({
      callbacks: {
        savePlan: async () => {
          throw new Error("EACCES: permission denied, open '/plan.json'");
        },
      },
    });
    await on.press("r", "s", keys.enter, keys.enter);
    await on.shows("EACCES: permission denied");
    await on.shows("Review");
  });
});
