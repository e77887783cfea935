import { unknown } from "../model/fact.ts";
import type { WhatRunsHere } from "../model/integration.ts";
import { probe } from "../model/probe.ts";

/** What runs here: every integration with its program, JVM, configuration, sockets, endpoints, stores and log files. */
export const integrations = probe<WhatRunsHere>({
  id: "integrations",
  asks: "what the services that run Java are made of",
  script: "exit 0",
  parse: () => unknown("integrations are not looked into yet"),
});
