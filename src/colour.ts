/** How many colours a stream may carry: 0 none, 1 sixteen, 2 two hundred and fifty-six, 3 sixteen million. */
export type ColourLevel = 0 | 1 | 2 | 3;

export type ColourChoice = "auto" | "always" | "never";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether and how a stream is coloured. The first of these that says anything decides: `--color`, NO_COLOR (no-color.org),
 * FORCE_COLOR, CLICOLOR_FORCE, CLICOLOR=0 (bixense.com/clicolors), TERM=dumb, and at last whether it is a terminal.
 */
export function colourLevel(choice: ColourChoice, environment: Environment, isTerminal: boolean): ColourLevel {
  const { NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, CLICOLOR, TERM } = environment;
  if (choice === "never") return 0;
  if (choice === "always") return forced(environment);
  if (NO_COLOR) return 0;
  if (FORCE_COLOR) return FORCE_COLOR === "0" || FORCE_COLOR === "false" ? 0 : forced(environment);
  if (CLICOLOR_FORCE && CLICOLOR_FORCE !== "0") return forced(environment);
  if (CLICOLOR === "0" || TERM === "dumb" || !isTerminal) return 0;
  return able(environment);
}

/** What the terminal says that it can show. */
function able({ COLORTERM, TERM = "" }: Environment): ColourLevel {
  if (COLORTERM === "truecolor" || COLORTERM === "24bit" || TERM.endsWith("-direct")) return 3;
  return TERM.includes("256color") ? 2 : 1;
}

function forced(environment: Environment): ColourLevel {
  const { FORCE_COLOR } = environment;
  return FORCE_COLOR === "2" || FORCE_COLOR === "3" ? (Number(FORCE_COLOR) as ColourLevel) : able(environment);
}

/**
 * Tells Ink's colour library, which looks at FORCE_COLOR once while it is imported and knows nothing of NO_COLOR or CLICOLOR.
 * NO_COLOR has to go: Node warns when both are set.
 */
export function settleColour(environment: Record<string, string | undefined>, level: ColourLevel): void {
  delete environment.NO_COLOR;
  environment.FORCE_COLOR = String(level);
}
