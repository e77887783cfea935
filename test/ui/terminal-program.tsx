/** The wizard on the terminal it is started in, with a machine that exists only here. */
import { runWizard } from "../../src/ui/index.tsx";
import { fakeSession, steps } from "../core/wizard-fixture.ts";

const { exitCode } = await runWizard({
  session: fakeSession(),
  steps,
  version: "0.1.0",
  targetOptions: ["--host", "op@app01.example.net"],
  confirmWithin: 120,
  callbacks: {
    savePlan: async (_, path) => path,
    saveAnswers: async (_, path) => path,
    writeFiles: async ({ directory }) => [directory],
    keepProgress: () => {},
  },
  input: process.stdin,
  output: process.stdout,
  environment: process.env,
});
process.exitCode = exitCode;
