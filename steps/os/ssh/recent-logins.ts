import type { Fact } from "../../../src/model/fact.ts";
import type { SshdLogins } from "../../../src/probes/sshd-logins.ts";

/** "root logged in with a password 3 times of late, last from 10.0.0.7", for each group of logins that matters. */
export const recentLogins = (
  logins: Fact<SshdLogins>,
  matters: (login: SshdLogins["accepted"][number]) => boolean,
): readonly string[] =>
  logins.state !== "known"
    ? []
    : logins.value.accepted.filter(matters).map(({ user, method, count, from }) => {
        const how =
          method === "publickey"
            ? "a key"
            : method.startsWith("gssapi")
              ? "Kerberos"
              : method === "hostbased"
                ? "its host's name"
                : "a password";
        return `${user} logged in with ${how} ${count === 1 ? "once" : `${count} times`} of late, last from ${from}`;
      });
