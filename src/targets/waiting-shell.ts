import { randomBytes } from "node:crypto";
import type { Readable, Writable } from "node:stream";
import { greeting, nextScript } from "./remote-shell.ts";
import { answerLimit, type Ended, runResult } from "./run.ts";
import type { RunResult } from "./target.ts";

/** A shell on the machine that has its rights already, and takes one script after the other. */
export type WaitingShell = {
  readonly root: boolean;
  /** False while a script runs, and once the shell ended. */
  readonly free: () => boolean;
  /** As `Target.run`; of what goes to standard error, what came before the end of the answer. */
  readonly run: (script: string, input: Buffer | undefined, timeoutSeconds: number) => Promise<RunResult>;
  /** Lets it end. */
  readonly drop: () => void;
};

/** `waitingCommand` on its way: logging in, becoming root. What it says until it waits (banners, profiles) belongs to nobody. */
export type Starting = Promise<Ended> & {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly kill: () => boolean;
};

/** The shell once it waits; what the program ended with, when it ended instead. */
export const waitingShell = async (child: Starting): Promise<{ shell: WaitingShell } | { ended: Ended }> => {
  // A shell that is gone is told by how it ended.
  child.stdin.on("error", () => {});
  const waits = Promise.withResolvers<{ shell: WaitingShell }>();
  let heard = "";
  const listen = (chunk: Buffer) => {
    // Nothing comes after the greeting, so the end of what was said is enough.
    heard = (heard + chunk.toString("latin1")).slice(-4096);
    const user = greeting.exec(heard)?.[1];
    if (user === undefined) return;
    child.stdout.off("data", listen);
    waits.resolve({ shell: shellOf(child, user === "0") });
  };
  child.stdout.on("data", listen);
  return Promise.race([waits.promise, child.then((ended) => ({ ended }))]);
};

const shellOf = (child: Starting, root: boolean): WaitingShell => {
  let free = true;
  const whenEnded = child.then((ended) => {
    free = false;
    return ended;
  });
  return {
    root,
    free: () => free,
    run: async (script, input, timeoutSeconds) => {
      free = false;
      const word = randomBytes(12).toString("hex");
      const said = listenTo(child.stdout);
      const complaints = listenTo(child.stderr);
      const answered = Promise.withResolvers<RunResult>();
      const endedWith = (how: Omit<Ended, "stdout" | "stderr">) =>
        answered.resolve(runResult({ ...how, stdout: said.text(), stderr: complaints.text() }));
      const giveUp = (why: { readonly timedOut: boolean; readonly isMaxBuffer: boolean }) => {
        child.kill();
        endedWith(why);
      };
      const timer = setTimeout(() => giveUp({ timedOut: true, isMaxBuffer: false }), timeoutSeconds * 1000);
      const look = () => {
        if (said.length() > answerLimit) return giveUp({ timedOut: false, isMaxBuffer: true });
        const end = new RegExp(`\\n${word} (\\d+)\\n$`, "u").exec(said.tail(word.length + 16));
        if (end === null) return;
        free = true;
        const stdout = said.text().slice(0, -end[0].length);
        answered.resolve({ exitCode: Number(end[1]), stdout, stderr: complaints.text() });
      };
      child.stdout.on("data", look);
      child.stdin.write(nextScript(word, script, input));
      void whenEnded.then(({ exitCode, code }) => endedWith({ exitCode, code, timedOut: false, isMaxBuffer: false }));
      const result = await answered.promise;
      clearTimeout(timer);
      child.stdout.off("data", look);
      said.stop();
      complaints.stop();
      return result;
    },
    drop: () => {
      child.stdin.end();
    },
  };
};

/** Everything that comes from now on. */
const listenTo = (stream: Readable) => {
  const chunks: Buffer[] = [];
  let length = 0;
  const listen = (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
  };
  stream.on("data", listen);
  return {
    length: () => length,
    /** At least its last so many bytes, as far as there are so many. */
    tail: (bytes: number): string => {
      let from = chunks.length;
      for (let got = 0; from > 0 && got < bytes; from -= 1) got += chunks[from - 1]?.length ?? 0;
      return Buffer.concat(chunks.slice(from)).toString("latin1");
    },
    text: () => Buffer.concat(chunks).toString("utf8"),
    stop: () => void stream.off("data", listen),
  };
};
