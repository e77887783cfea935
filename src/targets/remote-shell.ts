import type { RunOptions } from "./target.ts";

/**
 * How a fixed script gets onto a machine and into a root shell without ever being quoted for one.
 *
 * The command line that ssh or sudo sees is constant. The script itself, then its input, travel on standard input behind
 * a line that tells where they begin and how long the script is: sudo -S has taken the password line before it, or, where sudo
 * needed none, the password is still there and is skipped.
 */

const marker = "drawbridge-begin";
/** The last line of every script: one that was cut off on its way is not begun, because half a script is another one. */
const lastLine = "\n# drawbridge-whole";

/**
 * Reads the script, and not one byte more, so that what follows it stays for the script: one read where dd(1) knows
 * fullblock, else byte by byte.
 */
const boot =
  `IFS= read -r line; case $line in "${marker} "*) ;; *) IFS= read -r line;; esac; bytes=\${line##* }; unset line; ` +
  'whole=$(dd bs="$bytes" count=1 iflag=fullblock 2>/dev/null || dd bs=1 count="$bytes" 2>/dev/null); unset bytes; ' +
  'case $whole in *drawbridge-whole) eval "$whole";; *) exit 2;; esac';

/** What a shell says that has its rights and waits for a script: the user id that it has. */
export const greeting = /(?:^|\n)drawbridge-waits ([0-9]+)\n/u;

/**
 * Runs one script after the other until its standard input ends. Each comes behind a line with a word that the client made up, the
 * length of the script, and that of its input; behind its output stand that word and its exit code. Output of a script that
 * looks like an end is none, because nothing over there knows the word.
 */
const waitForScripts =
  "if dd count=0 iflag=fullblock </dev/null >/dev/null 2>&1; " +
  'then take() { dd bs="$1" count=1 iflag=fullblock 2>/dev/null; }; ' +
  'else take() { dd bs=1 count="$1" 2>/dev/null; }; fi; ' +
  "echo; echo drawbridge-waits $(id -u); " +
  'while IFS=" " read -r word program bytes; do whole=$(take "$program"); ' +
  "case $whole in *drawbridge-whole) ;; *) exit 2;; esac; " +
  'take "$bytes" | (unset word; eval "$whole"); code=$?; echo; echo "$word $code"; done';

export type Elevation = "none" | "sudo" | "sudo-proved" | "sudo-with-password";

/** How root rights are come by, given what a run asks for and whether sudo wants a password. */
export const elevationFor = (rights: RunOptions["rights"], password: string | undefined): Elevation =>
  password !== undefined ? "sudo-with-password" : rights === "proved" ? "sudo-proved" : "sudo";

/** Words that take what `bootInput` makes: no data in them. */
export const bootCommand = (elevation: Elevation): readonly [string, ...string[]] => elevated(elevation, boot);

/** A shell that is started before there is a script for it: it says `greeting`, and takes what `nextScript` makes. */
export const waitingCommand = elevated("sudo", waitForScripts);

function elevated(elevation: Elevation, start: string): readonly [string, ...string[]] {
  switch (elevation) {
    case "none":
      return ["sh", "-c", start];
    case "sudo":
      // Asked is for what is then used: an account that may sudo only true(1) has no root rights.
      return [
        "sh",
        "-c",
        '[ "$(id -u)" = 0 ] && exec sh -c "$0"; said=$(LC_ALL=C sudo -n sh -c : 2>&1) && exec sudo -n sh -c "$0"; ' +
          'DRAWBRIDGE_SUDO=$(printf %s "$said" | head -n 1); export DRAWBRIDGE_SUDO; exec sh -c "$0"',
        start,
      ];
    case "sudo-proved":
      return ["sh", "-c", '[ "$(id -u)" = 0 ] && exec sh -c "$0"; exec sudo -n sh -c "$0"', start];
    case "sudo-with-password":
      return ["sh", "-c", '[ "$(id -u)" = 0 ] && exec sh -c "$0"; exec sudo -k -S -p "" sh -c "$0"', start];
  }
}

export const bootInput = (script: string, input: Buffer | undefined, sudoPassword: string | undefined): Buffer => {
  const whole = Buffer.from(script + lastLine);
  const password = sudoPassword === undefined ? "" : `${sudoPassword}\n`;
  return Buffer.concat([Buffer.from(`${password}${marker} ${whole.length}\n`), whole, input ?? Buffer.alloc(0)]);
};

/** `word`: hexadecimal, and known to nobody over there. */
export const nextScript = (word: string, script: string, input: Buffer = Buffer.alloc(0)): Buffer => {
  const whole = Buffer.from(script + lastLine);
  return Buffer.concat([Buffer.from(`${word} ${whole.length} ${input.length}\n`), whole, input]);
};

/**
 * Tries a password once: with nothing behind it on standard input, sudo cannot take other lines for further attempts,
 * which would count as failures against the account. Prints the user id that was reached.
 */
export const passwordTrial: readonly [string, ...string[]] = [
  "sh",
  "-c",
  '[ "$(id -u)" = 0 ] && exec id -u; LC_ALL=C exec sudo -k -S -p "" sh -c "id -u"',
];

/** One word in single quotes, for the login shell that sshd hands a command line to (sh, csh and fish agree on these). */
export const quoteForLoginShell = (words: readonly string[]): string =>
  words.map((word) => (/^[A-Za-z0-9_./-]+$/u.test(word) ? word : `'${word}'`)).join(" ");
