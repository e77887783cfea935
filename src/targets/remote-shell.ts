/**
 * How a fixed script gets onto a machine and into a root shell without ever being quoted for one.
 *
 * The command line that ssh or sudo sees is constant. The script itself, then its input, travel on standard input behind
 * a line that tells where they begin: sudo -S has taken the password line before it, or, where sudo needed none, the
 * password is still there and is skipped.
 */

const marker = "drawbridge-begin";

/** Reads the script from standard input byte by byte (dd bs=1), so that what follows it stays for the script. */
const boot = (bytes: number): string =>
  `IFS= read -r line; [ "$line" = ${marker} ] || IFS= read -r line; unset line; eval "$(dd bs=1 count=${bytes} 2>/dev/null)"`;

export type Elevation = "none" | "sudo" | "sudo-with-password";

/** Words for `sh -c`: no data in them but the script's length. */
export const bootCommand = (script: string, elevation: Elevation): readonly [string, ...string[]] => {
  const start = boot(Buffer.byteLength(script));
  switch (elevation) {
    case "none":
      return ["sh", "-c", start];
    case "sudo":
      return [
        "sh",
        "-c",
        '[ "$(id -u)" = 0 ] && exec sh -c "$0"; said=$(LC_ALL=C sudo -n true 2>&1) && exec sudo -n sh -c "$0"; ' +
          'DRAWBRIDGE_SUDO=$(printf %s "$said" | head -n 1); export DRAWBRIDGE_SUDO; exec sh -c "$0"',
        start,
      ];
    case "sudo-with-password":
      return ["sh", "-c", '[ "$(id -u)" = 0 ] && exec sh -c "$0"; exec sudo -k -S -p "" sh -c "$0"', start];
  }
};

export const bootInput = (script: string, input: Buffer | undefined, sudoPassword: string | undefined): Buffer =>
  Buffer.concat([
    Buffer.from(sudoPassword === undefined ? "" : `${sudoPassword}\n`),
    Buffer.from(`${marker}\n`),
    Buffer.from(script),
    input ?? Buffer.alloc(0),
  ]);

/** One word in single quotes, for the login shell that sshd hands a command line to (sh, csh and fish agree on these). */
export const quoteForLoginShell = (words: readonly string[]): string =>
  words.map((word) => (/^[A-Za-z0-9_./-]+$/u.test(word) ? word : `'${word}'`)).join(" ");
