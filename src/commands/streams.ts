import type { ReadStream, WriteStream } from "node:tty";
import type { ColourLevel } from "../colour.ts";
import type { Ahead } from "../targets/ahead.ts";

/** What a command talks through. Results go to `output`, everything else to `error`. */
export type Streams = {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly error: WriteStream;
  /** How much colour each of the two may carry; decided once, before anything is drawn. */
  readonly colour: { readonly output: ColourLevel; readonly error: ColourLevel };
  /** Aborted by SIGINT, SIGTERM and SIGHUP. A command that must end in order does so within two seconds. */
  readonly signal: AbortSignal;
  /** The connection to the machine, when it was begun already. */
  readonly ahead?: Ahead;
};
