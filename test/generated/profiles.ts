import { z } from "zod";
import { answerProblems, answerReader } from "../../src/core/answers.ts";
import type { Answers } from "../../src/model/plan.ts";
import type { AnyQuestion } from "../../src/model/question.ts";
import type { RenderedFile } from "../../src/model/step.ts";
import { steps } from "../../steps/index.ts";

/** Answers that people give, as far as files come out differently by them. */
export type Profile = { readonly name: string; readonly answers: Answers };

export const questions: readonly AnyQuestion[] = steps.flatMap((step) => step.questions);

/** A careful installation that is described in full: another name, calls of every kind, another port and folders. */
const described: Profile = {
  name: "described",
  answers: {
    "workload.expected": true,
    "workload.name": "orders-api",
    "workload.port": 9090,
    "workload.upstreams": [
      "https://api.example.net",
      "postgresql://db.example.net:5432",
      "https://10.0.0.7:8443",
      "https://[2001:db8::7]:8443",
    ],
    "workload.peers": ["10.0.4.0/24", "2001:db8:4::/64"],
    "containers.image": "registry.example.com:5000/team/orders-api",
    "kubernetes.replicas": 3,
  },
};

/** The values that a schema lists one by one. */
const listed = (schema: z.ZodType): readonly string[] => {
  if (schema instanceof z.ZodEnum) return schema.options as readonly string[];
  const { element } = schema as { readonly element?: z.ZodType };
  return element === undefined ? [] : listed(element);
};

/** Every way to answer a question that has few, with everything else by default. */
const variants = (question: AnyQuestion): readonly unknown[] => {
  if (question.kind === "confirm") return [true, false];
  if (question.kind === "select") return listed(question.schema);
  if (question.kind === "multiselect") {
    const all = listed(question.schema);
    return [[], ...(all.length <= 4 ? all.map((one) => [one]) : []), [...all]];
  }
  return question.kind === "list" ? [[]] : [];
};

const fits = (answers: Answers): boolean => answerProblems(questions, answers, new Map()).length === 0;

const varied: readonly Profile[] = [
  { name: "nothing answered", answers: {} },
  described,
  {
    name: "two nodes with backups and logs sent by the journal",
    answers: {
      ...described.answers,
      "failover.mode": "active-passive",
      "failover.nodes": ["app01=192.0.2.11", "app02=192.0.2.12"],
      "failover.addresses": ["192.0.2.100"],
      "backups.repository": "sftp:save@nas.example:/srv/app01",
      "backups.paths": ["/etc", "/opt/orders-api"],
      "forwarding.method": "journal-upload",
      "forwarding.receiver": "logs.example.net",
    },
  },
  {
    name: "three nodes behind nginx with logs sent by rsyslog",
    answers: {
      ...described.answers,
      "failover.mode": "active-active",
      "failover.nodes": ["app01=192.0.2.11", "app02=192.0.2.12", "app03=192.0.2.13"],
      "failover.addresses": ["192.0.2.100/24", "192.0.2.101", "192.0.2.102"],
      "failover.proxy": "nginx",
      "forwarding.method": "rsyslog",
      "forwarding.receiver": "logs.example.net",
    },
  },
  ...questions.flatMap((question) =>
    variants(question)
      .map((value) => ({
        name: `${question.id} ${JSON.stringify(value)}`,
        answers: { ...described.answers, [question.id]: value },
      }))
      .filter(({ answers }) => fits(answers)),
  ),
];

/** A question with few answers may list one of them twice. */
export const profiles: readonly Profile[] = [...new Map(varied.map((profile) => [profile.name, profile])).values()];

/** What `drawbridge generate` writes for a profile, without the record of the answers. */
export const rendered = ({ answers }: Profile): readonly RenderedFile[] => {
  const reader = answerReader(new Map(), answers);
  return steps.filter(({ controls }) => controls.length > 0).flatMap((step) => step.generate?.(reader) ?? []);
};
