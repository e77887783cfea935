import type { Step } from "../../../src/model/step.ts";
import { oneTimeDaemon } from "./time-one-daemon.ts";
import { synchronised } from "./time-synchronised.ts";

export const timeStep: Step = {
  id: "time",
  category: "os",
  title: "Time",
  intro: "Keeps the clock right, on which certificates, tokens and logs depend.",
  questions: [],
  controls: [oneTimeDaemon, synchronised],
};
