/** The wizard line by line on this process's own terminal, with a machine that does not exist. Run by the tests in a pty. */
import { runPlainWizard } from "../../src/plain/index.ts";
import { fakeSession, fakeSteps, noCallbacks } from "./fake-wizard.ts";

const ended = new AbortController();
process.on("SIGINT", () => ended.abort());
const session = fakeSession();
const { exitCode } = await runPlainWizard({
  session,
  steps: fakeSteps,
  version: "0.1.0",
  targetOptions: ["--host", "op@app01"],
  confirmWithin: 120,
  callbacks: noCallbacks,
  input: process.stdin,
  output: process.stdout,
  environment: process.env,
  signal: ended.signal,
});
process.stdout.write(`CALLS ${JSON.stringify(session.calls)}\n`);
process.exit(exitCode);
