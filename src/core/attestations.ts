import { z } from "zod";
import { type Control, composer, control, fragment } from "../model/control.ts";
import { knownValue } from "../model/fact.ts";
import { attested, fail, type Reference, type Severity, unknownVerdict } from "../model/finding.ts";
import { type AnswerReader, type Question, question } from "../model/question.ts";
import { type AttestationRecord, type Attestations, attestations, attestationsPath } from "../probes/attestations.ts";
import { rememberedFile } from "./remembered-file.ts";

/** A rule that no machine can judge by itself: somebody vouches for it, names the evidence, and says until when. */
export type AttestationDefinition = {
  /** Of the question, and the record's name in the file: "pipeline.staging". */
  readonly id: `${string}.${string}`;
  readonly controlId: string;
  readonly guideline: readonly string[];
  /** What is vouched for: "Every release runs in a staging environment first". */
  readonly claim: string;
  /** The state feared: "Nobody vouches for a staging environment". */
  readonly failing: string;
  /** A short noun phrase for lists. */
  readonly label: string;
  readonly title: string;
  readonly why: string;
  readonly severity: Severity;
  readonly references?: readonly Reference[];
  /** Months after which it is looked at again, where no date is given. */
  readonly reviewMonths: number;
};

type Needs = { readonly vouched: typeof attestations };
export type Attestation = { readonly question: Question<string, Needs>; readonly control: Control<Needs> };

type Said = Pick<AttestationRecord, "owner" | "evidence"> & { readonly reviewBy: string | undefined };

const form = "OWNER; EVIDENCE; YYYY-MM-DD";
const isDate = (text: string): boolean => z.iso.date().safeParse(text).success;

/** Owner first, date last if there is one; semicolons between belong to the evidence. */
export const readAttestation = (text: string): Said | undefined => {
  const parts = text.split(";").map((part) => part.trim());
  const last = parts.at(-1) ?? "";
  const dated = /^\d{4}-\d{2}-\d{2}$/u.test(last);
  const [owner = "", ...evidence] = dated ? parts.slice(0, -1) : parts;
  const said = { owner, evidence: evidence.join("; "), reviewBy: dated ? last : undefined };
  return owner === "" || said.evidence === "" || (dated && !isDate(last)) ? undefined : said;
};

export const writeAttestation = ({ owner, evidence, reviewBy }: AttestationRecord): string =>
  `${owner}; ${evidence}; ${reviewBy}`;

const schema = z
  .string()
  .trim()
  .regex(/^[^\t\n\r\0]*$/u, "must be one line")
  .refine(
    (text) => text === "" || readAttestation(text) !== undefined,
    `must be ${form}, such as "Operations; https://wiki.example/staging; 2027-06-30", or empty`,
  );

/** The same day so many months later, or the month's last. */
export const monthsLater = (day: string, months: number): string => {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(date, last))).toISOString().slice(0, 10);
};

/** What the answer would leave in the file; undefined for nothing. A date that was not given stays as it was recorded. */
const wantedRecord = (
  { claim, reviewMonths }: AttestationDefinition,
  answer: string,
  recorded: AttestationRecord | undefined,
  today: string,
): AttestationRecord | undefined => {
  const said = readAttestation(answer);
  if (said === undefined) return undefined;
  const same = recorded !== undefined && recorded.owner === said.owner && recorded.evidence === said.evidence;
  if (same && (said.reviewBy ?? recorded.reviewBy) === recorded.reviewBy) return recorded;
  const reviewBy = said.reviewBy ?? monthsLater(today, reviewMonths);
  return { claim, owner: said.owner, evidence: said.evidence, attested: today, reviewBy };
};

const render = (records: Attestations["records"]): string => {
  const sorted = Object.entries(records).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify({ schemaVersion: 1, attestations: Object.fromEntries(sorted) }, null, 2)}\n`;
};

type Entry = { readonly id: string; readonly record: AttestationRecord | undefined };

/** All records share one file; those of questions that are not part of this run stay as they are. */
const attestationsFile = composer<Entry, Needs>({
  id: "attestations",
  needs: { vouched: attestations },
  compose: (wanted, { vouched }) => {
    const records = { ...vouched.records };
    for (const { value, needed } of wanted) {
      if (!needed) continue;
      if (value.record === undefined) delete records[value.id];
      else records[value.id] = value.record;
    }
    return rememberedFile("Write down who vouches for what", attestationsPath, vouched.file, render(records));
  },
});

const asked = `cat ${attestationsPath}; date -u +%F`;

/**
 * A question and the control that goes with it. `attested` while somebody vouches; overdue it fails; without anybody it
 * is unknown, because nobody has said that it is wrong either.
 */
export const attestation = (definition: AttestationDefinition): Attestation => {
  const { id, controlId, claim } = definition;
  const needs: Needs = { vouched: attestations };
  const vouching = question<string, Needs>({
    id,
    kind: "text",
    label: definition.label,
    title: definition.title,
    why: `${definition.why} Nothing on this machine can tell, so somebody vouches: ${form}. Leave it empty when nobody does.`,
    schema,
    needs,
    remembered: false,
    default: ({ vouched }) => {
      const record = knownValue(vouched)?.records[id];
      return record === undefined ? "" : writeAttestation(record);
    },
    current: ({ vouched }) => {
      const record = knownValue(vouched)?.records[id];
      return record === undefined ? "nobody vouches" : `${record.owner}, until ${record.reviewBy}`;
    },
    check: (text, { vouched }) => {
      const facts = knownValue(vouched);
      const reviewBy = readAttestation(text)?.reviewBy;
      if (facts === undefined || reviewBy === undefined || facts.records[id]?.reviewBy === reviewBy) return undefined;
      return reviewBy < facts.today ? `${reviewBy} is past: name a day on which it is looked at again` : undefined;
    },
    describe: (text) => (text === "" ? "nobody vouches" : text),
  });
  const entry = (vouched: Attestations, answers: AnswerReader) => {
    const recorded = vouched.records[id];
    return { recorded, wanted: wantedRecord(definition, answers.get(vouching), recorded, vouched.today) };
  };
  return {
    question: vouching,
    control: control<Needs>({
      id: controlId,
      guideline: definition.guideline,
      title: claim,
      failing: definition.failing,
      severity: definition.severity,
      risk: "none",
      rationale: definition.why,
      references: definition.references ?? [],
      needs,
      inspect: ({ vouched }, answers) => {
        const { recorded, wanted } = entry(vouched, answers);
        const evidence = [
          {
            asked,
            answered: `${recorded === undefined ? `nothing about ${id}` : `${id}: ${recorded.owner} on ${recorded.attested}, review by ${recorded.reviewBy}: ${recorded.evidence}`}\n${vouched.today}`,
          },
        ];
        if (wanted === undefined && recorded === undefined) {
          return unknownVerdict(`nobody vouches for it yet: --set "${id}=${form}"`, evidence);
        }
        if (wanted === undefined) return fail("it is vouched for no longer, and the record says otherwise", evidence);
        if (wanted !== recorded)
          return fail(`${wanted.owner} vouches for it, and it is not written down yet`, evidence);
        if (wanted.reviewBy < vouched.today) {
          return fail(`${wanted.owner} was to look at it again by ${wanted.reviewBy}`, evidence);
        }
        return attested(`${wanted.owner}, until ${wanted.reviewBy}: ${wanted.evidence}`, evidence);
      },
      plan: ({ vouched }, answers) => {
        const { recorded, wanted } = entry(vouched, answers);
        return recorded === wanted ? [] : [fragment(attestationsFile, { id, record: wanted })];
      },
    }),
  };
};
