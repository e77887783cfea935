import type { Facts } from "../model/probe.ts";
import type { PictureLine, Step } from "../model/step.ts";
import { satisfy } from "./needs.ts";

/** What a step found, for people; nothing where it is not known, or there is nothing. */
export const pictureOf = (facts: Facts, { picture }: Step): readonly PictureLine[] => {
  if (picture === undefined) return [];
  const needs = satisfy(facts, picture.needs);
  return needs.state === "known" ? picture.lines(needs.facts) : [];
};

/** The names of what the steps found: "orders-api", "billing". */
export const namesIn = (facts: Facts, steps: readonly Step[]): readonly string[] =>
  steps.flatMap(({ picture }) => {
    if (picture === undefined) return [];
    const needs = satisfy(facts, picture.needs);
    return needs.state === "known" ? picture.names(needs.facts) : [];
  });
