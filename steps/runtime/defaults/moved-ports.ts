import { type Fact, knownValue } from "../../../src/model/fact.ts";
import type { WhatRunsHere } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { listenerPort, movable } from "./default-listener.ts";
import { listenerPorts, readWish } from "./questions.ts";

export type MovedPort = { readonly id: string; readonly from: number; readonly to: number };

/** Default listeners that the answers move away from where they wait now. */
export const movedPorts = (here: Fact<WhatRunsHere>, answers: AnswerReader): readonly MovedPort[] => {
  const integrations = knownValue(here)?.integrations ?? [];
  return answers.get(listenerPorts).flatMap((text) => {
    const wish = readWish(text);
    const integration = integrations.find(({ id }) => id === wish?.id);
    if (wish === undefined || integration === undefined || movable(integration, answers) !== "yes") return [];
    const from = listenerPort(integration);
    return from === undefined || from === wish.port ? [] : [{ id: wish.id, from, to: wish.port }];
  });
};

/** Ports as they are called once everything has moved: "9090/tcp" becomes "9443/tcp". Others stay. */
export const followMoves = (ports: readonly string[], moves: readonly MovedPort[]): string[] => [
  ...new Set(
    ports.map((port) => {
      const move = moves.find(({ from }) => port === `${from}/tcp`);
      return move === undefined ? port : `${move.to}/tcp`;
    }),
  ),
];
