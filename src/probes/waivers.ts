import { z } from "zod";
import { type DatedRecords, datedRecords } from "./dated-records.ts";
import { day } from "./root-json.ts";

export const waiversPath = "/etc/drawbridge/waivers.json";

const line = z
  .string()
  .min(1)
  .regex(/^[^\t\n\r\0]*$/u, "must be one line");

/** Somebody's word that a control may stay open here, until a day. */
const waiverSchema = z.strictObject({
  /** Why it may: a sentence, or where that is written. */
  reason: line,
  /** Who answers for it: a team or a role. */
  owner: line,
  /** The day it was said, UTC. */
  waived: day,
  /** The last day it counts, UTC. */
  until: day,
});
export type Waiver = z.infer<typeof waiverSchema>;

/** By the id of the control. */
export type Waivers = DatedRecords<Waiver>;

/** What somebody allowed to stay open on this machine, and until when. */
export const waivers = datedRecords<Waiver>({ id: "waivers", path: waiversPath, record: waiverSchema });
