import type { ExitCode } from "../exit-codes.ts";
import { failure } from "../failure.ts";
import type { OptionsOf } from "./options.ts";
import type { Streams } from "./streams.ts";

export const run = async (_options: OptionsOf<"promote">, _streams: Streams): Promise<ExitCode> => {
  throw failure("usage", "name a folder");
};
