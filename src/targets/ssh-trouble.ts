/**
 * ssh(1) has one exit code for all its troubles: its words tell them apart. Its last line is what ended it; a banner of
 * the other side may stand above it, and is not believed.
 */
const troubles: readonly (readonly [RegExp, string])[] = [
  [/could not resolve hostname/iu, "there is no such host: check the name, or give its address"],
  [
    /connection refused/iu,
    "the connection was refused: nothing listens on that port; give the right one as --host NAME:PORT",
  ],
  [
    /permission denied|too many authentication failures/iu,
    "the login was denied: check the user and that ssh can use the right key (try the same with ssh)",
  ],
  [
    /timed out|timeout|not responding|no route to host|network is unreachable/iu,
    "it cannot be reached: check the address, the route and the firewalls between",
  ],
  [
    /bad configuration option|can't open user config|bad owner or permissions|terminating, \d+ bad/iu,
    "ssh cannot read its configuration: check the file given with --ssh-config",
  ],
  [
    /no matching .* found|unable to negotiate/iu,
    "the two sides share no algorithm: look at what each offers with ssh -vv",
  ],
  [
    /connection (?:to .* )?(?:closed|reset)|broken pipe|banner exchange|kex_exchange_identification/iu,
    "the connection was closed by the other side: is it ssh that answers on that port? Look at sshd's log there",
  ],
];

const changedKey =
  "its host key is NOT the known one: either it was installed anew, or something stands between; compare the key with what " +
  "the machine shows on its console, and only then replace the old one (ssh-keygen -R)";
const unknownKey =
  "its host key is not known yet: log in once with ssh, compare the fingerprint with what the machine shows on its console, and accept it";

/** One line on why ssh gave up, and what to do. `stderr` undefined: there is no ssh program. */
export const connectionTrouble = (label: string, stderr: string | undefined): string => {
  if (stderr === undefined) return "there is no ssh program on this machine: install the OpenSSH client";
  const lines = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const last = lines.at(-1) ?? "";
  const about = (text: string) => `cannot work on ${label}: ${text}`;
  if (/host key verification failed|host key is known/iu.test(last)) {
    return about(/^@?\s*WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED/imu.test(stderr) ? changedKey : unknownKey);
  }
  return about(
    troubles.find(([pattern]) => pattern.test(last))?.[1] ??
      (last.slice(0, 200) ||
        "the connection ended, and ssh did not say why: try again, and look at sshd's log there if it ends again"),
  );
};
