import type { Target } from "./target.ts";

/**
 * A connection begun before the command that wants it is loaded: logging in takes as long as loading, and both can happen at
 * once.
 */
export type Ahead = {
  /** The connection, once; undefined when it was begun for other options than these. */
  readonly take: (options: object) => Promise<Target> | undefined;
  /** Ends a connection that nobody took. */
  readonly drop: () => Promise<void>;
};

/** `open` is called at once; `signal` breaks the connecting off. Why it failed is told to whoever takes it. */
export const connectAhead = (
  options: object,
  open: (signal: AbortSignal) => Promise<Target>,
  signal: AbortSignal,
): Ahead => {
  const dropped = new AbortController();
  const opening = open(AbortSignal.any([signal, dropped.signal]));
  let taken = false;
  opening.catch(() => {});
  return {
    take: (wanted) => {
      if (taken || wanted !== options) return undefined;
      taken = true;
      return opening;
    },
    drop: async () => {
      if (taken) return;
      taken = true;
      dropped.abort();
      await opening.then(
        (target) => target.close(),
        () => {},
      );
    },
  };
};
