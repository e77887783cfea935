/** How a rung went: `reason` says what did not work on it, `suspect` which rung's doing that looks like. */
export type Trial =
  | { readonly works: true }
  | { readonly works: false; readonly reason: string; readonly suspect?: number | undefined };

export type Climbed = {
  /** The highest rung that works; 0 is the ground. */
  readonly height: number;
  /** The rung above it, and why it was rejected; undefined at the top. */
  readonly rejected: { readonly height: number; readonly reason: string } | undefined;
  readonly trials: number;
};

/**
 * The highest rung of a ladder on which a service works. Each rung holds all those below it, so what fails on one fails on
 * every higher one: the top is tried first, which is where nearly every service ends, then the rung below a suspect, and
 * then the gap is halved. That is one restart for most and a handful for the others, instead of one for every rung
 * (docs/adr/0012).
 */
export const climb = async (
  now: number,
  top: number,
  tryRung: (height: number) => Promise<Trial>,
): Promise<Climbed> => {
  let works = now;
  let rejected: Climbed["rejected"];
  let suspect: number | undefined;
  let trials = 0;
  while (works < (rejected?.height ?? top + 1) - 1) {
    const below = suspect === undefined ? 0 : suspect - 1;
    const height =
      rejected === undefined
        ? top
        : below > works && below < rejected.height
          ? below
          : Math.ceil((works + rejected.height) / 2);
    const trial = await tryRung(height);
    trials += 1;
    suspect = undefined;
    if (trial.works) {
      works = height;
    } else {
      rejected = { height, reason: trial.reason };
      suspect = trial.suspect;
    }
  }
  return { height: works, rejected, trials };
};
