import { z } from "zod";
import { type DatedRecords, datedRecords } from "./dated-records.ts";
import { day } from "./root-json.ts";

export const attestationsPath = "/etc/drawbridge/attestations.json";

/** Somebody's word for what no machine can show. */
const attestationRecordSchema = z.strictObject({
  /** What is vouched for, as it was asked: "Every release runs in a staging environment first". */
  claim: z.string(),
  /** Who vouches: a team or a role. */
  owner: z.string().min(1),
  /** Where it can be seen: an address, a document, a ticket. */
  evidence: z.string().min(1),
  /** The day it was said, UTC. */
  attested: day,
  /** The last day it counts, UTC. */
  reviewBy: day,
});
export type AttestationRecord = z.infer<typeof attestationRecordSchema>;

/** By the id of the question. */
export type Attestations = DatedRecords<AttestationRecord>;

/** What somebody vouched for on this machine, and until when. */
export const attestations = datedRecords<AttestationRecord>({
  id: "attestations",
  path: attestationsPath,
  record: attestationRecordSchema,
});
